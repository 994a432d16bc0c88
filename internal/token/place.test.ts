import { describe, expect, it } from "vitest";
import { createPlaceFinder, lineAt } from "./place.ts";

// Line and column of an offset.
function at(bytes: string | Buffer, offset: number): [number, number] {
  const { line, column } = createPlaceFinder(Buffer.from(bytes as string)).place(offset, offset);
  return [line, column];
}

describe("createPlaceFinder", () => {
  it.each([
    { name: "the first byte", bytes: "abc", offset: 0, expected: [1, 1] },
    { name: "a later byte", bytes: "abc", offset: 2, expected: [1, 3] },
    { name: "the end of the text", bytes: "abc", offset: 3, expected: [1, 4] },
    { name: "a line feed, on the line that it ends", bytes: "ab\nc", offset: 2, expected: [1, 3] },
    { name: "the byte behind a line feed", bytes: "ab\nc", offset: 3, expected: [2, 1] },
    { name: "lines without anything", bytes: "\n\n\nx", offset: 3, expected: [4, 1] },
    { name: "a carriage return, as a character of its line", bytes: "a\r\nb\rc", offset: 5, expected: [2, 3] },
    { name: "code points of two, three and four bytes, one each", bytes: "é→😀x", offset: 9, expected: [1, 4] },
    { name: "a combining mark, as a code point of its own", bytes: "e\u0301x", offset: 3, expected: [1, 3] },
    { name: "an invalid byte, one each", bytes: Buffer.from("\xff\xe2\x82x", "latin1"), offset: 3, expected: [1, 4] },
    { name: "a byte order mark, as none", bytes: "\ufeffab", offset: 3, expected: [1, 1] },
    { name: "the byte order mark itself", bytes: "\ufeffab", offset: 0, expected: [1, 1] },
    { name: "a byte order mark elsewhere, as one", bytes: "a\ufeffb", offset: 4, expected: [1, 3] },
    { name: "an offset within a code point, as that code point", bytes: "aéb", offset: 2, expected: [1, 2] },
  ])("counts $name", ({ bytes, offset, expected }) => {
    expect(at(bytes, offset)).toEqual(expected);
  });

  it("has the file and the offsets that it was given", () => {
    expect(createPlaceFinder(Buffer.from("a\nbc"), "x.yaml").place(3, 4)).toEqual({
      file: "x.yaml",
      line: 2,
      column: 2,
      start: 3,
      end: 4,
    });
    expect(createPlaceFinder(Buffer.from("a")).place(0, 1)).toEqual({ line: 1, column: 1, start: 0, end: 1 });
  });

  it("gives the same answers in any order, also far into a long text", () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `é line ${index} ${"x→".repeat(index % 40)}`);
    lines[7_000] = "→".repeat(100_000);
    const bytes = Buffer.from(lines.join("\n"));
    const offsets = Array.from({ length: 400 }, (_, index) =>
      Math.floor((bytes.length * ((index * 7_919) % 400)) / 400),
    );
    const places = createPlaceFinder(bytes);
    for (const offset of offsets) {
      const before = bytes.subarray(0, offset).toString("latin1");
      const lineStart = before.lastIndexOf("\n") + 1;
      // A code point begins with a byte that is no continuation.
      let column = 1;
      for (let byte = lineStart; byte < offset; byte++) if ((bytes[byte + 1]! & 0xc0) !== 0x80) column++;
      expect(places.place(offset, offset)).toMatchObject({ line: before.split("\n").length, column });
    }
  });

  it("finds many places on one endless line before the time-out of a test, which quadratic work would outlast", () => {
    const bytes = Buffer.alloc(4_000_000, "é");
    const places = createPlaceFinder(bytes);
    for (let offset = 0; offset < bytes.length; offset += 20) places.place(offset, offset);
    for (let offset = bytes.length; offset > 0; offset -= 400_000) places.place(offset, offset);
    expect(places.place(bytes.length, bytes.length)).toMatchObject({ line: 1, column: 2_000_001 });
  });
});

describe("lineAt", () => {
  function excerpt(text: string | Buffer, start: number): { text: string; caret: string } {
    const bytes = Buffer.from(text as string);
    const place = createPlaceFinder(bytes).place(start, start + 1);
    const { text: line, caretColumn } = lineAt(bytes, place);
    return { text: line, caret: line.slice(caretColumn - 1, caretColumn + 4) };
  }

  it.each([
    {
      name: "the whole of a short line",
      text: "ab\ncd VAULT ef\ngh",
      start: 6,
      expected: { text: "cd VAULT ef", caret: "VAULT" },
    },
    {
      name: "the first line without its byte order mark",
      text: "\ufeffVAULT",
      start: 3,
      expected: { text: "VAULT", caret: "VAULT" },
    },
    {
      name: "the byte order mark's own place",
      text: "\ufeffVAULT",
      start: 0,
      expected: { text: "VAULT", caret: "VAULT" },
    },
    {
      name: "a line without its carriage return",
      text: "VAULT\r\nb",
      start: 0,
      expected: { text: "VAULT", caret: "VAULT" },
    },
    {
      name: "control characters as escapes",
      text: "a\tb\u001b[1mVAULT\0",
      start: 7,
      expected: { text: "a\\tb\\x1b[1mVAULT\\x00", caret: "VAULT" },
    },
    {
      name: "invalid bytes as one character each",
      text: Buffer.from("\xff\xe2\x82VAULT", "latin1"),
      start: 3,
      expected: { text: "\ufffd\ufffd\ufffdVAULT", caret: "VAULT" },
    },
    { name: "text beyond ASCII", text: "é😀VAULT", start: 6, expected: { text: "é😀VAULT", caret: "VAULT" } },
    { name: "an empty line", text: "a\n\nb", start: 2, expected: { text: "", caret: "" } },
    { name: "the end of the text", text: "ab", start: 2, expected: { text: "ab", caret: "" } },
    { name: "a place behind the end", text: "ab", start: 9, expected: { text: "ab", caret: "" } },
  ])("shows $name", ({ text, start, expected }) => {
    expect(excerpt(text, start)).toEqual(expected);
  });

  it("shows a bounded part of a long line, with an ellipsis where something was left off", () => {
    const { text, caret } = excerpt(`${"é".repeat(5_000)}VAULT${"→".repeat(5_000)}`, 10_000);
    expect(text).toBe(`…${"é".repeat(60)}VAULT${"→".repeat(95)}…`);
    expect(caret).toBe("VAULT");
  });

  it("reads no further than it shows", () => {
    const bytes = Buffer.alloc(50_000_000, "x");
    for (let start = 0; start < bytes.length; start += 100_000) {
      expect(lineAt(bytes, { line: 1, column: start + 1, start, end: start }).text.length).toBeLessThan(200);
    }
  });
});
