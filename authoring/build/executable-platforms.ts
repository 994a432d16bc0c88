/** A system that single-file executables are made for. */
export interface ExecutablePlatform {
  /** `<os>-<arch>` as Go spells them, with `-musl` behind it for a Linux without glibc. */
  readonly name: string;
  /** The npm package that holds the runtime for it, and nothing else. */
  readonly runtimePackage: string;
  /** What the compiler calls it. */
  readonly target: string;
  /** Behind the name of an executable. */
  readonly extension: "" | ".exe";
}

/** Every platform there is an executable for, in the order in which they are built. */
export const executablePlatforms: readonly ExecutablePlatform[] = [
  platform("linux-amd64", "linux-x64"),
  platform("linux-arm64", "linux-aarch64"),
  platform("linux-amd64-musl", "linux-x64-musl"),
  platform("linux-arm64-musl", "linux-aarch64-musl"),
  platform("darwin-amd64", "darwin-x64"),
  platform("darwin-arm64", "darwin-aarch64"),
  platform("windows-amd64", "windows-x64", ".exe"),
  platform("windows-arm64", "windows-aarch64", ".exe"),
];

function platform(name: string, bunName: string, extension: "" | ".exe" = ""): ExecutablePlatform {
  const target = `bun-${bunName.replace("aarch64", "arm64")}`;
  return { name, runtimePackage: `@oven/bun-${bunName}`, target, extension };
}
