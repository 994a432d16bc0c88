import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frameMessage, MessageReader } from "./messages.ts";
import { codeOfHttpStatus, decodeStatusMessage, encodeStatusMessage, StatusCode } from "./status.ts";
import { formatTimeout, parseTimeout } from "./timeout.ts";
import { readStatus, writeTrailers } from "./trailers.ts";

describe("messages", () => {
  it("come out as they went in, however they are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), fc.array(fc.nat({ max: 20 })), (messages, cuts) => {
        const bytes = Buffer.concat(messages.map(frameMessage));
        const read: Buffer[] = [];
        const reader = new MessageReader((message) => read.push(message), Infinity);
        let offset = 0;
        for (const cut of cuts) {
          expect(reader.read(bytes.subarray(offset, offset + cut))).toBeUndefined();
          offset = Math.min(bytes.length, offset + cut);
        }
        reader.read(bytes.subarray(offset));
        expect(reader.isBetweenMessages).toBe(true);
        expect(read).toEqual(messages.map((message) => Buffer.from(message)));
      }),
    );
  });

  it.each([
    { name: "compressed", bytes: "0100000000", code: StatusCode.INTERNAL },
    { name: "too large, by what it announces", bytes: "00ffffffff", code: StatusCode.RESOURCE_EXHAUSTED },
    { name: "too large by a byte", bytes: "000000000b", code: StatusCode.RESOURCE_EXHAUSTED },
  ])("are refused that are $name, whole or in pieces", ({ bytes, code }) => {
    const all = Buffer.from(bytes, "hex");
    const reader = new MessageReader(() => {}, 10);
    expect(reader.read(all)).toMatchObject({ code });
    const slow = new MessageReader(() => {}, 10);
    const results = [...all].map((byte) => slow.read(Buffer.of(byte)));
    expect(results.find((result) => result !== undefined)).toMatchObject({ code });
  });

  it("cost no more than has come, whatever length is announced", () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 100 }, () => new MessageReader(() => {}, Infinity));
    for (const reader of readers) reader.read(Buffer.from("007fffffff00", "hex"));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
    expect(readers.every(({ isBetweenMessages }) => !isBetweenMessages)).toBe(true);
  });
});

describe("the text of a status", () => {
  it("is what it was after the way over the wire, and printable ASCII on it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const encoded = encodeStatusMessage(text);
        expect(encoded).toMatch(/^[ -~]*$/);
        expect(decodeStatusMessage(encoded)).toBe(Buffer.from(text).toString());
      }),
    );
  });

  it.each([
    { encoded: "100%", expected: "100%" },
    { encoded: "%zz%41", expected: "%zzA" },
    { encoded: "%ff", expected: "\ufffd" },
    { encoded: "a%0Ab", expected: "a\nb" },
  ])("is read as far as it can be: $encoded", ({ encoded, expected }) => {
    expect(decodeStatusMessage(encoded)).toBe(expected);
  });
});

describe("trailers", () => {
  it("are read as they are written, bytes included", () => {
    const status = { code: 5, details: "nicht da → ✗", trailers: { "a-bin": Buffer.of(0, 255, 7), b: "text" } };
    expect(readStatus(["grpc-status", "5", ...writeTrailers(status)])).toEqual(status);
  });

  it.each([
    { name: "none", fields: ["a", "b"] },
    { name: "no number", fields: ["grpc-status", "x"] },
    { name: "a number with a sign", fields: ["grpc-status", "-1"] },
  ])("have no status that have $name", ({ fields }) => {
    expect(readStatus(fields)).toBeUndefined();
  });

  it("cannot be made to be something else than fields", () => {
    const fields = ["grpc-status", "1", "__proto__", "x", "a-bin", "!!", "b-bin", "YQ==,Yg==", "b-bin", "Yw"];
    const trailers = readStatus(fields)?.trailers;
    expect(Object.getPrototypeOf(trailers)).toBe(Object.prototype);
    expect(Object.entries(trailers ?? {})).toEqual([
      ["__proto__", "x"],
      ["a-bin", Buffer.alloc(0)],
      ["b-bin", Buffer.from("a")],
    ]);
  });
});

describe("the time-out of a call", () => {
  it.each([
    { ms: 0, text: "0m" },
    { ms: 1.2, text: "2m" },
    { ms: 60_000, text: "60000m" },
    { ms: 99_999_999, text: "99999999m" },
    { ms: 100_000_000, text: "100000S" },
    { ms: Infinity, text: "99999999S" },
    { ms: -5, text: "0m" },
  ])("of $ms ms is $text", ({ ms, text }) => {
    expect(formatTimeout(ms)).toBe(text);
  });

  it.each([
    { text: "1H", ms: 3_600_000 },
    { text: "2M", ms: 120_000 },
    { text: "3S", ms: 3000 },
    { text: "4m", ms: 4 },
    { text: "5000u", ms: 5 },
    { text: "6000000n", ms: 6 },
    { text: "123456789m", ms: undefined },
    { text: "m", ms: undefined },
    { text: "1s", ms: undefined },
    { text: "-1m", ms: undefined },
  ])("$text is read as $ms ms", ({ text, ms }) => {
    expect(parseTimeout(text)).toBe(ms);
  });
});

it.each([
  { status: "400", code: StatusCode.INTERNAL },
  { status: "401", code: StatusCode.UNAUTHENTICATED },
  { status: "403", code: StatusCode.PERMISSION_DENIED },
  { status: "404", code: StatusCode.UNIMPLEMENTED },
  { status: "429", code: StatusCode.UNAVAILABLE },
  { status: "503", code: StatusCode.UNAVAILABLE },
  { status: "500", code: StatusCode.UNKNOWN },
  { status: "302", code: StatusCode.UNKNOWN },
])("the HTTP status $status stands for $code", ({ status, code }) => {
  expect(codeOfHttpStatus(status)).toBe(code);
});
