import type { ScanWarning } from "./token.ts";

/** A warning when the text begins with a UTF-16 byte order mark: every other byte is NUL, so no token can be found. */
export function warnOfUtf16(bytes: Uint8Array): readonly ScanWarning[] {
  const [first, second] = bytes;
  if (!(first === 0xff && second === 0xfe) && !(first === 0xfe && second === 0xff)) return [];
  return [
    {
      start: 0,
      end: 2,
      message: "the text begins with a UTF-16 byte order mark, so no token can be found in it",
      hint: "save it as UTF-8",
    },
  ];
}
