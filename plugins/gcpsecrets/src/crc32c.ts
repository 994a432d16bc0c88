/** The CRC-32C (Castagnoli) of some bytes, from 0 to 2³²-1: the checksum that Secret Manager has of a payload. */
export function crc32c(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) crc = (crc >>> 8) ^ table[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}

const table: Int32Array = Int32Array.from({ length: 256 }, (_unset, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0x82f63b78 : 0);
  return remainder;
});
