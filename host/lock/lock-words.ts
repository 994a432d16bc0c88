import type { Checksum } from "./plugin-lock.ts";

/** The version of the form that is written, and the newest one that is read. */
export const lockVersion = 1;

/** True for `sha256:` and 64 hexadecimal digits in lower case. */
export function isChecksum(text: string): text is Checksum {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** True for what a platform is named like: `linux-amd64`. */
export function isPlatformName(text: string): boolean {
  return /^[a-z0-9]+(?:-[a-z0-9_]+)+$/.test(text);
}
