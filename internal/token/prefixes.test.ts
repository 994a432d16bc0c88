import { describe, expect, it } from "vitest";
import { builtInPrefixes, createPrefixFinder, isPrefix, prefixOfPluginName, sevenStores } from "./prefixes.ts";

describe("the known prefixes", () => {
  it("are the seven stores of v3 and four more", () => {
    expect(sevenStores).toEqual([
      "AWSSECRETS",
      "AWSPARAMSTR",
      "AZKVSECRET",
      "AZTABLESTORE",
      "AZAPPCONF",
      "GCPSECRETS",
      "VAULT",
    ]);
    expect(builtInPrefixes).toEqual([...sevenStores, "ENV", "FILE", "LOCAL", "EXEC"]);
  });

  it.each([
    { text: "A", expected: true },
    { text: "A_1", expected: true },
    { text: "a", expected: false },
    { text: "1A", expected: false },
    { text: "_A", expected: false },
    { text: "A-B", expected: false },
    { text: "", expected: false },
    { text: "É", expected: false },
  ])("$text can be one: $expected", ({ text, expected }) => {
    expect(isPrefix(text)).toBe(expected);
  });

  it.each([
    { name: "my_store2", expected: "MY_STORE2" },
    { name: "My", expected: undefined },
    { name: "2x", expected: undefined },
    { name: "_x", expected: undefined },
    { name: "a-b", expected: undefined },
    { name: ".x", expected: undefined },
    { name: "", expected: undefined },
  ])("the folder $name has the prefix $expected", ({ name, expected }) => {
    expect(prefixOfPluginName(name)).toBe(expected);
  });
});

describe("createPrefixFinder", () => {
  const find = createPrefixFinder(["VAULT", "ENV", "MYENV", "A_1"]);
  it.each([
    { name: "a prefix at the beginning", word: "ENV", floor: 0, expected: "ENV" },
    { name: "one of the seven anywhere", word: "xVAULT", floor: 0, expected: "VAULT" },
    { name: "no other inside a word", word: "xENV", floor: 0, expected: undefined },
    { name: "the longest", word: "MYENV", floor: 0, expected: "MYENV" },
    { name: "a prefix with an underscore and a digit", word: "-A_1", floor: 0, expected: "A_1" },
    { name: "nothing that begins before the floor", word: " VAULT", floor: 2, expected: undefined },
    { name: "a prefix that begins at the floor", word: " VAULT", floor: 1, expected: "VAULT" },
    { name: "nothing in an unknown word", word: "NAV", floor: 0, expected: undefined },
    { name: "nothing in a part of a prefix", word: "AULT", floor: 0, expected: undefined },
    { name: "nothing in no word", word: "", floor: 0, expected: undefined },
    { name: "nothing in bytes beyond the letters", word: "ÿ~", floor: 0, expected: undefined },
  ])("finds $name", ({ word, floor, expected }) => {
    const bytes = Buffer.from(word);
    expect(find(bytes, bytes.length, floor)).toBe(expected);
  });
});
