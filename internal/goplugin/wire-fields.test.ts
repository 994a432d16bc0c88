import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenValueRequestSchema, TokenValueResponseSchema } from "../gen/proto/token_store_pb.js";
import { WireReader, writeTextFields } from "./wire-fields.ts";

describe("messages written and read by hand", () => {
  it("are what protobuf's own runtime writes for a request", () => {
    fc.assert(
      fc.property(wellFormed(), wellFormed(), (token, metadata) => {
        const request = create(TokenValueRequestSchema, { token, metadata: Buffer.from(metadata) });
        expect(writeTextFields([token, metadata])).toEqual(Buffer.from(toBinary(TokenValueRequestSchema, request)));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([0, 1, 127, 128, 16_383, 16_384, 3_000_000])("have room for a text of %i bytes", (length) => {
    const token = "x".repeat(length);
    expect(fromBinary(TokenValueRequestSchema, writeTextFields([token, ""])).token).toBe(token);
    const response = Buffer.from(
      toBinary(TokenValueResponseSchema, create(TokenValueResponseSchema, { value: token })),
    );
    expect(readFields(response)?.map(({ bytes }) => bytes.toString())).toEqual(length === 0 ? [] : [token]);
  });

  it("skip what they do not know", () => {
    const message = Buffer.from("08960110017d000000000a0161790102030405060708", "hex");
    expect(readFields(message)?.map(({ number, value, bytes }) => [number, value, bytes.toString()])).toEqual([
      [1, 150, ""],
      [2, 1, ""],
      [15, 0, ""],
      [1, 0, "a"],
      [15, 0, ""],
    ]);
  });

  it.each([
    { name: "a length beyond the end", hex: "0a05" },
    { name: "a tag without a field", hex: "0a" },
    { name: "a number without an end", hex: "08ffffffffffffffffffffff01" },
    { name: "a group", hex: "0b" },
    { name: "a cut fixed field", hex: "0d0000" },
  ])("are none for $name", ({ hex }) => {
    expect(readFields(Buffer.from(hex, "hex"))).toBeUndefined();
  });

  it("read any bytes without throwing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        readFields(Buffer.from(bytes));
      }),
      { numRuns: 50_000 },
    );
  });
});

function wellFormed(): fc.Arbitrary<string> {
  return fc.string({ unit: "binary", maxLength: 300 });
}

/** The fields as number, value and bytes; undefined for what is no message. */
function readFields(message: Buffer): { number: number; value: number; bytes: Buffer }[] | undefined {
  const fields = [];
  const reader = new WireReader().begin(message);
  while (reader.next()) fields.push({ number: reader.field, value: reader.value, bytes: reader.bytes() });
  return reader.isBroken ? undefined : fields;
}
