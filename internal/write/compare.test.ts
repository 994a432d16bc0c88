import { array, assert, constantFrom, integer, property, record, string, tuple, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import type { Token } from "../token/token.ts";
import { compareSpliced, type LineRange } from "./compare.ts";
import { splice } from "./splice.ts";

/** A text with tokens `<name>`, and what each is worth. */
function compare(text: string, values: Readonly<Record<string, string>>, existing: string): [string[], LineRange[]] {
  const tokens = tokensIn(text);
  const textOf = ({ start, end }: Token): Uint8Array | undefined => {
    const value = values[text.slice(start + 1, end - 1)];
    return value === undefined ? undefined : Buffer.from(value);
  };
  const { tokens: changed, lines } = compareSpliced(Buffer.from(text), tokens, textOf, Buffer.from(existing));
  return [changed.map(({ start, end }) => text.slice(start + 1, end - 1)), [...lines]];
}

function tokensIn(text: string): Token[] {
  return [...text.matchAll(/<\w+>/g)].map(({ index, 0: whole }) => ({
    start: index,
    end: index + whole.length,
    reference: { text: whole } as Token["reference"],
  }));
}

const values = { a: "1", b: "2", c: "3", empty: "", lines: "x\ny\nz" };

describe("a text that differs in values alone", () => {
  it.each([
    { name: "in none", text: "a=<a> b=<b>\n", existing: "a=1 b=2\n", changed: [] },
    { name: "in one of a line", text: "a=<a> b=<b>\n", existing: "a=1 b=9\n", changed: ["b"] },
    { name: "in two of one name", text: "<a>,<a>,<a>", existing: "9,1,8", changed: ["a", "a"] },
    { name: "in one that holds the text behind it", text: "<a>,<b>", existing: "1,9,9", changed: ["b"] },
    {
      name: "in one that was longer, with line feeds",
      text: "a: <a>\nb: <b>\n",
      existing: "a: p\nq\nb: 2\n",
      changed: ["a"],
    },
    { name: "in one that was empty", text: "a=<a>;b=<b>", existing: "a=;b=2", changed: ["a"] },
    { name: "in one that is empty", text: "e=<empty>;b=<b>", existing: "e=9;b=2", changed: ["empty"] },
    { name: "in the first of two side by side", text: "x<a><b>y", existing: "x92y", changed: ["a"] },
    { name: "in the second of two side by side", text: "x<a><b>y", existing: "x19y", changed: ["b"] },
    { name: "in both of two side by side", text: "x<a><b>y", existing: "x99y", changed: ["a", "b"] },
    { name: "in a longer last one of two side by side", text: "x<a><b>", existing: "x122", changed: ["b"] },
    { name: "at the beginning and the end", text: "<a>-<b>-<c>", existing: "9-2-9", changed: ["a", "c"] },
    { name: "in what is all of it", text: "<a>", existing: "", changed: ["a"] },
    { name: "where a token stays as it is", text: "<a> <left> <b>", existing: "1 <left> 9", changed: ["b"] },
  ])("names them: $name", ({ text, existing, changed }) => {
    expect(compare(text, values, existing)).toEqual([changed, []]);
  });
});

describe("a text that differs elsewhere", () => {
  it.each([
    {
      name: "a line that is another one",
      existing: "one\nOTHER\na=1\nlast\n",
      expected: [[], [{ change: "changed", from: 2, to: 2 }]],
    },
    {
      name: "a line that is missing",
      existing: "one\na=1\nlast\n",
      expected: [[], [{ change: "added", from: 2, to: 2 }]],
    },
    {
      name: "lines too many",
      existing: "one\ntwo\nmore\nmore\na=1\nlast\n",
      expected: [[], [{ change: "removed", from: 3, to: 4 }]],
    },
    {
      name: "a value too, in another line",
      existing: "ONE\ntwo\na=9\nlast\n",
      expected: [["a"], [{ change: "changed", from: 1, to: 1 }]],
    },
    {
      name: "a value too, in the next line",
      existing: "one\nTWO\na=9\nlast\n",
      expected: [["a"], [{ change: "changed", from: 2, to: 2 }]],
    },
    {
      name: "text and value of one line",
      existing: "one\ntwo\nb:9\nlast\n",
      expected: [["a"], [{ change: "changed", from: 3, to: 3 }]],
    },
    {
      name: "text of the value's line",
      existing: "one\ntwo\nb:1\nlast\n",
      expected: [[], [{ change: "changed", from: 3, to: 3 }]],
    },
    {
      name: "the last line feed",
      existing: "one\ntwo\na=1\nlast",
      expected: [[], [{ change: "changed", from: 4, to: 4 }]],
    },
    {
      name: "a line behind a value that is gone",
      existing: "one\ntwo\na=1\nmore\nlast\n",
      expected: [[], [{ change: "removed", from: 4, to: 4 }]],
    },
    { name: "nothing there", existing: "", expected: [["a"], [{ change: "added", from: 1, to: 1 }]] },
  ])("names the lines of what is there: $name", ({ existing, expected }) => {
    expect(compare("one\ntwo\na=<a>\nlast\n", values, existing)).toEqual(expected);
  });

  it("names a value of several lines of which one is another", () => {
    expect(compare("head\nv: <lines>\ntail\n", values, "HEAD\nv: x\n!\nz\ntail\n")).toEqual([
      ["lines"],
      [{ change: "changed", from: 1, to: 1 }],
    ]);
  });

  it("names a value of which a line is gone", () => {
    expect(compare("head\nv: <lines>\ntail\n", values, "HEAD\nv: x\nz\ntail\n")).toEqual([
      ["lines"],
      [{ change: "changed", from: 1, to: 1 }],
    ]);
  });

  it("gives up telling lines apart when very many differ", () => {
    const existing = Array.from({ length: 6_000 }, (_, line) => `old ${line}\n`).join("");
    const text = `${Array.from({ length: 6_000 }, (_, line) => `new ${line}\n`).join("")}<a>\n`;
    expect(compare(text, { a: "value" }, existing)).toEqual([["a"], [{ change: "changed", from: 1, to: 6_000 }]]);
  });
});

describe("compareSpliced", () => {
  const gap = string({ unit: constantFrom("a", "b", "\n"), minLength: 1, maxLength: 4 });
  const value = string({ unit: constantFrom("1", "2"), maxLength: 3 });

  it("names exactly the tokens whose values are others, when values and text have nothing in common", () => {
    assert(
      property(array(tuple(gap, value, value), { minLength: 1, maxLength: 8 }), gap, (parts, last) => {
        const text = `${parts.map(([before], index) => `${before}<t${index}>`).join("")}${last}`;
        const existing = `${parts.map(([before, , was]) => before + was).join("")}${last}`;
        const now = Object.fromEntries(parts.map(([, is], index) => [`t${index}`, is]));
        const expected = parts.flatMap(([, is, was], index) => (is === was ? [] : [`t${index}`]));
        expect(compare(text, now, existing)).toEqual([expected, []]);
      }),
    );
  });

  it("finds something exactly when something differs, and only lines that are there", () => {
    const part = record({ before: string({ unit: constantFrom("a", "\n", "1"), maxLength: 3 }), is: value });
    assert(
      property(
        array(part, { maxLength: 5 }),
        string({ unit: constantFrom("a", "\n", "1", "2"), maxLength: 12 }),
        (parts, existing) => {
          const text = parts.map(({ before }, index) => `${before}<t${index}>`).join("");
          const tokens = tokensIn(text);
          const textOf = ({ start, end }: Token): Uint8Array =>
            Buffer.from(parts[Number(text.slice(start + 2, end - 1))]!.is);
          const rendered = Buffer.from(splice(Buffer.from(text), tokens, textOf)).toString();
          const found = compareSpliced(Buffer.from(text), tokens, textOf, Buffer.from(existing));
          expect(found.tokens.length + found.lines.length > 0).toBe(rendered !== existing);
          const lineCount = existing.split("\n").length;
          for (const { from, to } of found.lines) expect(from >= 1 && from <= to && to <= lineCount).toBe(true);
        },
      ),
    );
  });

  it("throws for no bytes", () => {
    assert(
      property(
        uint8Array({ maxLength: 50 }),
        uint8Array({ maxLength: 50 }),
        integer({ min: 0, max: 50 }),
        (text, existing, at) => {
          const start = Math.min(at, text.length);
          const token: Token = { start, end: text.length, reference: { text: "" } as Token["reference"] };
          compareSpliced(text, [token], () => existing.subarray(0, at), existing);
        },
      ),
    );
  });
});
