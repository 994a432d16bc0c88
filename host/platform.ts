const goOs: Readonly<Record<string, string>> = { win32: "windows", sunos: "solaris" };
const goArch: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386", loong64: "loong64", mipsel: "mipsle" };

/**
 * `<os>-<arch>` as Go spells them, from the names that Node has for them: `linux-amd64`, `windows-arm64`.
 *
 * Names that both spell alike, and unknown ones, stay as they are.
 */
export function platformName(platform: string, arch: string): string {
  return `${goOs[platform] ?? platform}-${goArch[arch] ?? arch}`;
}
