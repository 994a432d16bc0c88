/**
 * Whether a text that comes from outside, an error of a service as a rule, holds a value that was sent there: as text, as
 * JSON has it, or in base64. Such a text must not be shown.
 */
export function quotesValue(text: string, value: Uint8Array): boolean {
  if (value.length === 0) return false;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const plain = bytes.toString();
  return [plain, JSON.stringify(plain).slice(1, -1), bytes.toString("base64")].some((form) => text.includes(form));
}
