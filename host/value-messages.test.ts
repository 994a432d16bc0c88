import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  GetValuesRequestSchema,
  GetValuesResponseSchema,
} from "../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { toRequest } from "../test/helpers/test-pool.ts";
import { decodeResults, encodeEarly, encodeRequests } from "./value-messages.ts";

const text = fc.string({ unit: "binary", maxLength: 200 });

describe("encodeRequests", () => {
  it("writes what protobuf's own runtime reads as the same requests", () => {
    const metadata = fc.dictionary(text, text, { maxKeys: 4, noNullPrototype: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, metadata), { maxLength: 20 }), (pairs) => {
        const requests = pairs.map(([path, keys]) => toRequest(path, keys));
        const read = [...encodeRequests(requests)].flatMap(
          (bytes) => fromBinary(GetValuesRequestSchema, bytes).requests,
        );
        expect(read.map(({ id, path, metadata: keys }) => [Number(id), path, keys])).toEqual(
          requests.map((request, index) => [index + 1, request.path, Object.fromEntries(request.metadata)]),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    { when: "at once", turns: 0, isWanted: () => true },
    { when: "half way", turns: 3, isWanted: () => true },
    { when: "when all was written early", turns: 40, isWanted: () => true },
    { when: "when nothing was wanted early", turns: 5, isWanted: () => false },
  ])("gives the same messages where they were begun early and are taken $when", async ({ turns, isWanted }) => {
    const requests = Array.from({ length: 2000 }, (_, index) => toRequest(`path/${index}`));
    const expected = [...encodeRequests(requests)];
    encodeEarly(requests, isWanted);
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => void setImmediate(resolve));
    expect([...encodeRequests(requests)]).toEqual(expected);
    // They are taken once; asked again, they are written anew.
    expect([...encodeRequests(requests)]).toEqual(expected);
  });

  it("begins a new message behind 256 requests, and never has one of more than 64 KiB unless a request is larger", () => {
    const paths = Array.from({ length: 3000 }, (_, index) => "é".repeat((index * 37) % 700));
    const messages = [...encodeRequests([...paths, "x".repeat(100_000), "y"].map((path) => toRequest(path)))];
    for (const bytes of messages) {
      const { requests } = fromBinary(GetValuesRequestSchema, bytes);
      expect(requests.length).toBeLessThanOrEqual(256);
      expect(bytes.length <= 65_536 || requests.length === 1).toBe(true);
    }
    expect(messages.flatMap((bytes) => fromBinary(GetValuesRequestSchema, bytes).requests)).toHaveLength(3002);
  });
});

describe("decodeResults", () => {
  it("reads what protobuf's own runtime writes", () => {
    const date = fc.option(fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true }), {
      nil: undefined,
    });
    const value = fc.record({ data: fc.uint8Array({ maxLength: 300 }), version: text, expiresAt: date });
    const error = fc.record({ code: fc.integer({ min: 0, max: 16 }), message: text, hint: text });
    const outcome = fc.option(fc.oneof(value, error), { nil: undefined });
    const id = fc.nat();
    fc.assert(
      fc.property(fc.array(fc.record({ id, outcome }), { maxLength: 20 }), (results) => {
        const message = create(GetValuesResponseSchema, {
          results: results.map(({ id: number, outcome: what }) => ({ id: BigInt(number), result: toOneof(what) })),
        });
        const decoded = decodeResults(Buffer.from(toBinary(GetValuesResponseSchema, message)));
        expect(decoded?.map(({ id: number, outcome: what }) => [number, plain(what)])).toEqual(
          results.map(({ id: number, outcome: what }) => [number, plain(what)]),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        decodeResults(Buffer.from(bytes));
      }),
      { numRuns: 50_000 },
    );
  });

  it.each([
    { name: "a result that goes on behind its end", hex: "0a0208050a0508" },
    { name: "a value that is none", hex: "0a0412020a05" },
    { name: "a cut message", hex: "0a" },
  ])("takes $name for no message", ({ hex }) => {
    expect(decodeResults(Buffer.from(hex, "hex"))).toBeUndefined();
  });
});

type Outcome =
  | { data: Uint8Array; version: string; expiresAt: Date | undefined }
  | { code: number; message: string; hint: string };

function toOneof(outcome: Outcome | undefined) {
  if (outcome === undefined) return { case: undefined };
  if ("code" in outcome) return { case: "error", value: outcome } as const;
  const { data, version, expiresAt } = outcome;
  const time = expiresAt === undefined ? {} : { expiresAt: timestampFromDate(expiresAt) };
  return { case: "value", value: { data, version, ...time } } as const;
}

// Bytes as an array: a Buffer is not equal to the Uint8Array of the same bytes.
function plain(outcome: Outcome | undefined): unknown {
  return outcome !== undefined && "data" in outcome ? { ...outcome, data: [...outcome.data] } : outcome;
}
