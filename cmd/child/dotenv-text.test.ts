import { parse } from "dotenv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDotenv, withLineFeeds } from "./dotenv-text.ts";
import { joinPieces } from "./text-pieces.ts";

/** The variables when no piece is changed. */
function read(text: string): Record<string, string> {
  const { variables, pieces } = parseDotenv(withLineFeeds(text));
  return Object.fromEntries(
    variables.map(({ name, parts }) => [
      name,
      parts.map((part) => (typeof part === "number" ? pieces[part]!.text : part)).join(""),
    ]),
  );
}

/** What is rendered. */
function whole(text: string): string {
  const { pieces, end } = parseDotenv(text);
  return joinPieces(pieces, end).toString();
}

describe("parseDotenv", () => {
  it.each([
    "A=1",
    "export A = two # comment\n\n# comment\nB=",
    'A=\'x # $B\'\nB="one\\ntwo\\r"\nC=`x`\nD="one\ntwo"',
    "A=1\nA=2",
    "A: 1\nB:2",
    "A=\n\nB=x\n",
    "A= # comment\nB= \nC=\n'quoted'",
    "\ufeffA=1\r\nB='one\r\ntwo'\r\n",
    "A=\"not closed\\n\nB='nor this\nC=x",
    "A=\"a\" b\nB='a' # c\nC=a'b'",
    "what is this\nA.b-c=1",
    'A=x#y\nB="x"#y',
    'A="\\\\n"',
    "",
  ])("reads %j as dotenv does", (text) => {
    expect(read(text)).toEqual(parse(text));
  });

  it("reads whatever there is as dotenv does", () => {
    const unit = fc.constantFrom(
      "A",
      "b",
      "=",
      ":",
      " ",
      "\n",
      "\r\n",
      "'",
      '"',
      "`",
      "\\",
      "\\n",
      "\\r",
      "#",
      "export ",
      "\t",
      "\u00e9",
      "$",
      "/",
      "1",
      "[",
      "]",
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
        expect(read(text)).toEqual(parse(text));
      }),
      { numRuns: 20_000 },
    );
  });

  it("keeps every value at its line and column", () => {
    const unit = fc.constantFrom("A", "B", "=", ": ", " ", "\n", "'", '"', "`", "\\n", "#", "\u00e9", "x://y");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
        const { pieces, end } = parseDotenv(text);
        let at = 0;
        for (const { before, text: value } of pieces) {
          at += before.length + 1;
          expect(text.slice(at, at + value.length)).toBe(value);
          at += value.length;
        }
        expect(at + end.length).toBe(text.length);
        expect(whole(text).replace(/[^\n]/g, "")).toBe(text.replace(/[^\n]/g, ""));
      }),
      { numRuns: 5000 },
    );
  });

  it("leaves nothing of what is no value that could be a token, end one or go on with it", () => {
    expect(whole('# ENV://A\nA=ENV://B#x\nA=ENV://C[version=1 # ]\nB="ENV://D\\nENV://E"')).toBe(
      ", ,,,,,,,\n,,,,,,,,,,,\n,\0ENV://C[version=1 , ,\n,,\0ENV://D,\0ENV://E,",
    );
  });
});
