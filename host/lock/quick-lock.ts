/**
 * The quick way to read a lock that is as `formatLock` writes it: by the engine's own JSON, a tenth of what the strict reader
 * takes in a process that has just begun. It knows no places: whatever is in question is left to that one. Called by
 * `lock-text.ts`.
 */
import { prefixOfPluginName } from "../../internal/token/prefixes.ts";
import { isChecksum, isPlatformName, lockVersion } from "./lock-words.ts";
import type { Checksum, LockedDescription, LockedPlugin, PluginLock } from "./plugin-lock.ts";

/** The lock that a text stands for; undefined for one that is in question, if only by its spelling. */
export function quickLock(text: string): PluginLock | undefined {
  const data = parse(text);
  // What is the same on its way back has no key twice, which a parse would hide.
  if (data === undefined || `${JSON.stringify(data, null, 2)}\n` !== text) return undefined;
  const { lockVersion: version, plugins, ...others } = data;
  if (version !== lockVersion || !isRecord(plugins) || !isEmpty(others)) return undefined;
  const locked = new Map<string, LockedPlugin>();
  for (const [name, value] of Object.entries(plugins)) {
    const plugin = prefixOfPluginName(name) === undefined ? undefined : toPlugin(name, value);
    if (plugin === undefined) return undefined;
    locked.set(name, plugin);
  }
  return { plugins: locked };
}

type Data = Readonly<Record<string, unknown>>;

function parse(text: string): Data | undefined {
  try {
    const data: unknown = JSON.parse(text);
    return isRecord(data) ? data : undefined;
  } catch {
    return undefined;
  }
}

function toPlugin(name: string, data: unknown): LockedPlugin | undefined {
  if (!isRecord(data)) return undefined;
  const { version, source, publicKey, checksums, described, ...others } = data;
  if (!isRecord(checksums) || !isEmpty(others)) return undefined;
  if (!isTextOrNothing(version) || !isTextOrNothing(source) || !isTextOrNothing(publicKey)) return undefined;
  const sums = new Map<string, Checksum>();
  for (const [platform, checksum] of Object.entries(checksums)) {
    if (!isPlatformName(platform) || typeof checksum !== "string" || !isChecksum(checksum)) return undefined;
    sums.set(platform, checksum);
  }
  const says = described === undefined ? undefined : toDescription(described);
  if (sums.size === 0 || (described !== undefined && says === undefined)) return undefined;
  return {
    name,
    ...(version !== undefined && { version }),
    ...(source !== undefined && { source }),
    checksums: sums,
    ...(says && { described: says }),
    ...(publicKey !== undefined && { publicKey }),
  };
}

function toDescription(data: unknown): LockedDescription | undefined {
  if (!isRecord(data)) return undefined;
  const { appProtocol, prefix, version, metadataKeys, ...others } = data;
  if (!Number.isSafeInteger(appProtocol) || Number(appProtocol) < 0 || Number(appProtocol) > 999_999_999)
    return undefined;
  if (!isTextOrNothing(prefix) || !isTextOrNothing(version) || !isEmpty(others)) return undefined;
  if (metadataKeys !== undefined && !isTexts(metadataKeys)) return undefined;
  return {
    appProtocol: Number(appProtocol),
    ...(prefix !== undefined && { prefix }),
    ...(version !== undefined && { version }),
    ...(metadataKeys !== undefined && { metadataKeys }),
  };
}

function isRecord(data: unknown): data is Data {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}

function isEmpty(data: Data): boolean {
  return Object.keys(data).length === 0;
}

function isTextOrNothing(data: unknown): data is string | undefined {
  return data === undefined || (typeof data === "string" && data !== "");
}

function isTexts(data: unknown): data is readonly string[] {
  return Array.isArray(data) && data.every((text) => typeof text === "string" && text !== "");
}
