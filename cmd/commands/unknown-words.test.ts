import { expect, it } from "vitest";
import { unknownWords } from "./unknown-words.ts";

it.each([
  { text: "a: NEW://x, NEW://y", words: ["NEW"] },
  { text: "KNOWN://x and xKNOWN://y", words: [] },
  { text: "https://host Http://host", words: [] },
  { text: "(A_1://x) _B://x 1C://x", words: ["A_1"] },
  { text: "NEW:/x NEW//x", words: [] },
])("$text: $words", ({ text, words }) => {
  const warnings = unknownWords(Buffer.from(text), "in", "://", new Set(["KNOWN"]));
  expect(warnings.map(({ message }) => message)).toEqual(
    words.map((word) => `"${word}" before "://" in "in" is no known prefix`),
  );
});

it("takes a separator by its characters", () => {
  expect(unknownWords(Buffer.from("NEW#.x NEW#ax"), undefined, "#.", new Set())).toHaveLength(1);
});
