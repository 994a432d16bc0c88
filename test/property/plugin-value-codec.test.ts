import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  GetValuesRequestSchema,
  GetValuesResponseSchema,
} from "../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { decodeValueRequests } from "../../plugins/sdk/decode-requests.ts";
import { encodeValueResults, type WireResult } from "../../plugins/sdk/encode-results.ts";

const numRuns = 25_000 * Number(process.env["FUZZ_RUNS"] ?? 1);
const ids = fc.oneof(
  fc.bigInt({ min: 0n, max: 300n }),
  fc.bigInt({ min: 0n, max: 2n ** 54n }),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);
const texts = fc.oneof(fc.string({ unit: "grapheme", maxLength: 40 }), fc.string({ unit: "binary", maxLength: 300 }));

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Uint8Array.from([...bytes, Number(rest)]);
}

describe("the codec of GetValues", () => {
  it("reads what the protobuf runtime writes", () => {
    const request = fc.record({ id: ids, path: texts, metadata: fc.dictionary(texts, texts, { maxKeys: 3 }) });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 4 }), (requests) => {
        const message = toBinary(GetValuesRequestSchema, create(GetValuesRequestSchema, { requests }));
        const decoded = decodeValueRequests(Buffer.from(message));
        expect(decoded).toHaveLength(requests.length);
        for (const [index, { id, path, metadata }] of requests.entries()) {
          const actual = decoded[index]!;
          const isExact = id <= BigInt(Number.MAX_SAFE_INTEGER);
          expect(typeof actual.id === "number" ? actual.id : Buffer.from(actual.id)).toEqual(
            isExact ? Number(id) : Buffer.from(varint(id)),
          );
          expect(actual.path).toBe(path);
          expect(actual.metadata).toEqual(Object.entries(metadata));
        }
      }),
      { numRuns },
    );
  });

  it("writes what the protobuf runtime reads", () => {
    const value = fc.record({
      data: fc.oneof(texts, fc.uint8Array({ maxLength: 300 })),
      version: texts,
      expiresAtMs: fc.option(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), { nil: undefined }),
    });
    const error = fc.record({
      code: fc.integer({ min: 1, max: 16 }),
      message: texts,
      hint: texts,
      retryAfterMs: fc.option(fc.nat(), { nil: undefined }),
    });
    const result = fc.oneof(fc.tuple(ids, fc.record({ value })), fc.tuple(ids, fc.record({ error })));
    fc.assert(
      fc.property(fc.array(result, { maxLength: 4 }), (results) => {
        const message = encodeValueResults(
          results.map(([id, outcome]): WireResult => ({
            id: id % 2n === 0n && id <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(id) : varint(id),
            ...outcome,
          })),
        );
        const decoded = fromBinary(GetValuesResponseSchema, message).results;
        expect(decoded.map(({ id }) => id)).toEqual(results.map(([id]) => id));
        for (const [index, [, outcome]] of results.entries()) {
          const actual = decoded[index]!.result;
          if ("value" in outcome && actual.case === "value") {
            const { data, version, expiresAt } = actual.value;
            expect(Buffer.from(outcome.value.data as string).equals(data)).toBe(true);
            expect(version).toBe(outcome.value.version);
            expect(expiresAt === undefined ? undefined : timestampMs(expiresAt)).toBe(outcome.value.expiresAtMs);
          } else if ("error" in outcome && actual.case === "error") {
            const { code, message: text, hint, retryAfter } = actual.value;
            expect([code, text, hint]).toEqual([outcome.error.code, outcome.error.message, outcome.error.hint]);
            const wait =
              retryAfter === undefined ? undefined : Number(retryAfter.seconds) * 1000 + retryAfter.nanos / 1e6;
            expect(wait).toBe(outcome.error.retryAfterMs);
          } else expect.unreachable("a value became an error, or the other way round");
        }
      }),
      { numRuns },
    );
  });

  it("takes any bytes, or refuses them with an error", () => {
    // Half of them look like fields.
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .array(fc.constantFrom(0x08, 0x0a, 0x12, 0x1a, 0x02, 0x00, 0x01, 0x80, 0xff, 0x61), { maxLength: 30 })
        .map((list) => Uint8Array.from(list)),
    );
    fc.assert(
      fc.property(bytes, (message) => {
        try {
          const requests = decodeValueRequests(Buffer.from(message));
          // Each request takes a tag and a length at least.
          expect(requests.length).toBeLessThanOrEqual(message.length / 2);
        } catch (error) {
          expect((error as Error).message).toMatch(
            /^(wire type [0-9] is not known|a field runs over its end|a number does not end)$/,
          );
        }
      }),
      { numRuns: numRuns * 4 },
    );
  });
});
