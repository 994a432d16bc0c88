/** The integer that Go's `strconv.Atoi` reads: a sign and leading zeros are fine, blanks are not; else undefined. */
export function parseGoInt(text: string): number | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = Number(text);
  // Go stops at 64 bits, this at 53: no version and no port is near either. `-0` is 0.
  return Number.isSafeInteger(value) ? value + 0 : undefined;
}

/** The boolean that Go's `strconv.ParseBool` reads; else undefined (go-plugin protocol, section 1.1). */
export function parseGoBool(text: string): boolean | undefined {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(?:0|f|F|FALSE|false|False)$/.test(text)) return false;
  return undefined;
}

/** `text` without the blanks around it that Go's `strings.TrimSpace` takes away: not quite those of `trim()`. */
export function trimGoSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isGoSpace(text.charCodeAt(start))) start++;
  while (end > start && isGoSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

// Unicode's White_Space: with U+0085, which `trim()` leaves, and without U+FEFF, which `trim()` takes.
function isGoSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  if (code < 0x1680) return code === 0x85 || code === 0xa0;
  return (
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}
