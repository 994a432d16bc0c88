/** `SHA256SUMS` as sha256sum writes it, in both of its forms and that of BSD, and which plugins it names. */
import { prefixOfPluginName } from "../../internal/token/prefixes.ts";
import type { Checksum } from "../lock/plugin-lock.ts";
import { isPlatformName } from "../lock/lock-words.ts";

/** The name of the file with the checksums. */
export const sumsName = "SHA256SUMS";

/** Checksums by the name of the file. */
export type Sums = ReadonlyMap<string, Checksum>;

/** Undefined for a text that is no list of checksums, as a web page, and for one that has two for one file. */
export function parseSums(text: string): Sums | undefined {
  const sums = new Map<string, Checksum>();
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, digits, name] = /^([0-9a-f]{64}) [ *](?:\.\/)?(.+)$/i.exec(line) ?? [];
    const [, ofName, ofDigits] = /^SHA256 \((?:\.\/)?(.+)\) = ([0-9a-f]{64})$/i.exec(line) ?? [];
    const file = name ?? ofName;
    const checksum: Checksum = `sha256:${(digits ?? ofDigits ?? "").toLowerCase()}`;
    if (file === undefined || (sums.get(file) ?? checksum) !== checksum) return undefined;
    sums.set(file, checksum);
  }
  return sums.size === 0 ? undefined : sums;
}

/** The name of a plugin's file: `<name>-<os>-<arch>`, with `.exe` for Windows. */
export function pluginFileName(name: string, platform: string): string {
  return `${name}-${platform}${platform.startsWith("windows-") ? ".exe" : ""}`;
}

/** Which plugin's file for which platform has that name; undefined for other files, such as an archive or a signature. */
export function pluginFileOf(fileName: string): { readonly name: string; readonly platform: string } | undefined {
  const [, name = "", platform = ""] = /^([a-z0-9_]+)-([a-z0-9]+(?:-[a-z0-9_]+)+)(?:\.exe)?$/.exec(fileName) ?? [];
  if (prefixOfPluginName(name) === undefined || !isPlatformName(platform)) return undefined;
  // The program itself, which a release holds beside its plugins.
  if (name === "configmanager") return undefined;
  return fileName === pluginFileName(name, platform) ? { name, platform } : undefined;
}

/** The checksums of a plugin, by platform. */
export function platformsIn(sums: Sums, name: string): ReadonlyMap<string, Checksum> {
  const platforms = new Map<string, Checksum>();
  for (const [fileName, checksum] of sums) {
    const file = pluginFileOf(fileName);
    if (file?.name === name) platforms.set(file.platform, checksum);
  }
  return platforms;
}

/** The names of the plugins, in alphabetical order. */
export function pluginNamesIn(fileNames: Iterable<string>): readonly string[] {
  const names = Array.from(fileNames, (fileName) => pluginFileOf(fileName)?.name);
  return [...new Set(names.filter((name) => name !== undefined))].toSorted();
}
