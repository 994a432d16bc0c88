import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ErrorCode } from "../protocol.ts";
import { HpackDecoder } from "./decoder.ts";
import { HpackEncoder } from "./encoder.ts";

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ""), "hex");

const firstRequest = [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "www.example.com"];
const secondRequest = [...firstRequest, "cache-control", "no-cache"];
const thirdRequest = [
  ":method",
  "GET",
  ":scheme",
  "https",
  ":path",
  "/index.html",
  ":authority",
  "www.example.com",
  "custom-key",
  "custom-value",
];
const location = ["location", "https://www.example.com"];
const date = ["date", "Mon, 21 Oct 2013 20:13:21 GMT"];
const responses = [
  [":status", "302", "cache-control", "private", ...date, ...location],
  [":status", "307", "cache-control", "private", ...date, ...location],
  [
    ":status",
    "200",
    "cache-control",
    "private",
    "date",
    "Mon, 21 Oct 2013 20:13:22 GMT",
    ...location,
    "content-encoding",
    "gzip",
    "set-cookie",
    "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
  ],
];

describe("what RFC 7541, appendix C, encodes", () => {
  it.each<{ name: string; tableBytes?: number; blocks: readonly string[]; expected: readonly (readonly string[])[] }>([
    {
      name: "C.2.1, a literal that is indexed",
      blocks: ["400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572"],
      expected: [["custom-key", "custom-header"]],
    },
    {
      name: "C.2.2, a literal that is not",
      blocks: ["040c 2f73 616d 706c 652f 7061 7468"],
      expected: [[":path", "/sample/path"]],
    },
    {
      name: "C.2.3, a literal that never is",
      blocks: ["1008 7061 7373 776f 7264 0673 6563 7265 74"],
      expected: [["password", "secret"]],
    },
    { name: "C.2.4, an index", blocks: ["82"], expected: [[":method", "GET"]] },
    {
      name: "C.3, requests",
      blocks: [
        "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "8286 84be 5808 6e6f 2d63 6163 6865",
        "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
      ],
      expected: [firstRequest, secondRequest, thirdRequest],
    },
    {
      name: "C.4, requests with Huffman's code",
      blocks: [
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
        "8286 84be 5886 a8eb 1064 9cbf",
        "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
      ],
      expected: [firstRequest, secondRequest, thirdRequest],
    },
    {
      name: "C.5, responses, with evictions",
      tableBytes: 256,
      blocks: [
        "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "4803 3330 37c1 c0bf",
        "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
      ],
      expected: responses,
    },
    {
      name: "C.6, responses with Huffman's code, with evictions",
      tableBytes: 256,
      blocks: [
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
        "4883 640e ffc1 c0bf",
        "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
      ],
      expected: responses,
    },
  ])("is decoded: $name", ({ tableBytes, blocks, expected }) => {
    const decoder = new HpackDecoder(65_536, tableBytes);
    expect(blocks.map((block) => decoder.decode(bytes(block)).fields)).toEqual(expected);
  });
});

describe("what is no block", () => {
  it.each([
    { name: "the index 0", block: "80" },
    { name: "an index behind the table", block: "be" },
    { name: "a name behind the table", block: "7f00 0161" },
    { name: "an integer that does not end", block: "ff80 8080 8080 80" },
    { name: "an integer that is too large", block: "ffff ffff ff7f" },
    { name: "a text that goes beyond the block", block: "4003 6161" },
    { name: "a name without a value", block: "4001 61" },
    { name: "a table larger than allowed", block: "3fe2 1f" },
    { name: "a change of the table's size behind a header", block: "8220" },
    { name: "Huffman's code with padding that is not ones", block: "4081 1800" },
    { name: "Huffman's code with more than 7 bits of padding", block: "4082 1fff 00" },
    { name: "the code of the end", block: "4084 ffff ffff 00" },
  ])("is an error of the connection: $name", ({ block }) => {
    const error = expect.objectContaining({ errorCode: ErrorCode.compression, streamId: 0 });
    expect(() => new HpackDecoder(65_536).decode(bytes(block))).toThrow(error);
  });

  it("never throws anything else, and keeps no more than it may, whatever comes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (blocks) => {
        const decoder = new HpackDecoder(500);
        for (const block of blocks) {
          try {
            const { fields } = decoder.decode(Buffer.from(block));
            expect(fields.reduce((sum, text) => sum + text.length, 0)).toBeLessThanOrEqual(500);
          } catch (error) {
            if ((error as { errorCode?: unknown }).errorCode !== ErrorCode.compression) throw error;
          }
        }
      }),
    );
  });

  it("says of a short block that stands for a long list that it is too large, and keeps the table right", () => {
    const decoder = new HpackDecoder(10_000);
    const value = "v".repeat(4000);
    const literal = Buffer.concat([bytes("4001 61 7f a11e"), Buffer.from(value)]);
    expect(decoder.decode(literal)).toEqual({ fields: ["a", value], isTooLarge: false });
    const bomb = decoder.decode(Buffer.alloc(100_000, 0xbe));
    expect(bomb.isTooLarge).toBe(true);
    expect(bomb.fields).toHaveLength(4);
    expect(decoder.decode(bytes("be"))).toEqual({ fields: ["a", value], isTooLarge: false });
  });
});

describe("the encoder", () => {
  const text = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) });
  const name = fc.constantFrom(":path", ":method", "te", "content-type", "x-a", "x-b", "x-c", "grpc-status");
  const list = fc.array(fc.tuple(name, text), { maxLength: 12 }).map((fields) => fields.flat());

  it("says what the decoder reads, however lists and sizes of the table change", () => {
    fc.assert(
      fc.property(
        fc.array(list, { minLength: 1, maxLength: 4 }),
        fc.array(fc.tuple(fc.nat({ max: 3 }), list, fc.option(fc.constantFrom(0, 60, 200, 4096, 100_000)))),
        (kept, steps) => {
          const encoder = new HpackEncoder();
          const decoder = new HpackDecoder(1_000_000);
          for (const [which, plain, size] of steps) {
            if (size !== null) encoder.setPeerTableSize(size);
            const indexed = kept[which % kept.length]!;
            expect(decoder.decode(encoder.encode(indexed, plain)).fields).toEqual([...indexed, ...plain]);
          }
        },
      ),
    );
  });

  it("needs a byte for each header that comes again", () => {
    const encoder = new HpackEncoder();
    const headers = [":method", "POST", ":path", "/proto.TokenStore/Value", "te", "trailers"];
    expect(encoder.encode(headers).length).toBeGreaterThan(30);
    expect(encoder.encode(headers)).toHaveLength(3);
    expect(encoder.encode(headers)).toBe(encoder.encode(headers));
  });

  it("leaves no trace of what is not to be indexed", () => {
    const encoder = new HpackEncoder();
    const lengths = [1, 2, 3].map(() => encoder.encode([], ["configmanager-hint-bin", "c2VjcmV0"]).length);
    expect(new Set(lengths).size).toBe(1);
  });

  it("tells of the smallest and the last size when the peer changes its mind between two blocks", () => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder(65_536);
    const headers = ["x-a", "1"];
    decoder.decode(encoder.encode(headers));
    encoder.setPeerTableSize(0);
    encoder.setPeerTableSize(100);
    const block = encoder.encode(headers);
    expect(block.subarray(0, 3)).toEqual(bytes("20 3f45"));
    expect(decoder.decode(block).fields).toEqual(headers);
    expect(decoder.decode(encoder.encode(headers)).fields).toEqual(headers);
  });
});
