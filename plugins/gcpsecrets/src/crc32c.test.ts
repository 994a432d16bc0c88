import { describe, expect, it } from "vitest";
import { crc32c } from "./crc32c.ts";

// The vectors of RFC 3720, appendix B.4, and the check value of the algorithm.
describe("CRC-32C", () => {
  it.each([
    { name: "nothing", bytes: new Uint8Array(), expected: 0 },
    { name: "the digits", bytes: Buffer.from("123456789"), expected: 0xe3069283 },
    { name: "32 zeros", bytes: new Uint8Array(32), expected: 0x8a9136aa },
    { name: "32 ones", bytes: new Uint8Array(32).fill(0xff), expected: 0x62a8ab43 },
    { name: "32 rising", bytes: Uint8Array.from({ length: 32 }, (_unset, index) => index), expected: 0x46dd794e },
    { name: "32 falling", bytes: Uint8Array.from({ length: 32 }, (_unset, index) => 31 - index), expected: 0x113fdb5c },
  ])("of $name", ({ bytes, expected }) => {
    expect(crc32c(bytes)).toBe(expected);
  });
});
