import { describe, expect, it } from "vitest";
import { builtInPrefixes } from "./prefixes.ts";
import { scan } from "./scanner.ts";
import type { TokenSyntax } from "./token.ts";
import { findUnknownWords, type UnknownWord } from "./unknown-words.ts";

const v3: TokenSyntax = { tokenSeparator: "://", keySeparator: "|", prefixes: new Set([...builtInPrefixes, "DB"]) };

function wordsOf(text: string, syntax: TokenSyntax = v3): readonly UnknownWord[] {
  const { tokens } = scan(Buffer.from(text), syntax);
  return findUnknownWords(Buffer.from(text), syntax, tokens);
}

describe("findUnknownWords", () => {
  it.each([
    { name: "a word that is near a prefix", text: "AWSSECRET:///x", nearest: "AWSSECRETS" },
    { name: "a word that is near none", text: "MYSTORE://x", nearest: undefined },
    { name: "a word behind another character", text: "MYSTORE_2://x", nearest: undefined },
  ])("finds $name", ({ text, nearest }) => {
    const name = text.slice(0, text.indexOf(":"));
    expect(wordsOf(`a: "${text}"`)).toEqual([{ start: 4, end: 4 + name.length + 3, name, nearest }]);
  });

  it("finds one at each of its places, and none that is a token", () => {
    expect(wordsOf("VALT://a VAULT://b VALT://c\nENV://d").map(({ start }) => start)).toEqual([0, 19]);
  });

  it("finds a near one with any separator", () => {
    expect(wordsOf("VALT#x MYSTORE#y", { ...v3, tokenSeparator: "#" })).toMatchObject([{ start: 0, nearest: "VAULT" }]);
  });

  it.each([
    { name: "a known prefix", text: "VAULT://x DB://y" },
    { name: "a scheme in common use", text: "HTTP://x HTTPS://x.example POSTGRES://u@h S3://bucket" },
    { name: "a word with lower-case letters", text: "https://x Mystore://x myStore://y" },
    { name: "a word that begins like no name", text: "_MYSTORE://x 1STORE://y aSTORE://z" },
    { name: "a word whose end is one of the seven stores", text: "MYVAULT://x" },
    { name: "a word with nothing behind the separator", text: 'MYSTORE:// "MYSTORE://" MYSTORE://' },
    { name: "a word inside a token", text: "VAULT:///a[k=MYSTORE://x] VAULT:///a/MYSTORE://b" },
    { name: "a word of 64 characters and more", text: `${"A".repeat(64)}://x ${"A".repeat(200)}://x` },
    { name: "the end of the input", text: "MYSTORE" },
  ])("does not find $name", ({ text }) => {
    expect(wordsOf(text)).toEqual([]);
  });
});
