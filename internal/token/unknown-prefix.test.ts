import { describe, expect, it } from "vitest";
import { builtInPrefixes } from "./prefixes.ts";
import { scan } from "./scanner.ts";
import type { ScanWarning, TokenSyntax } from "./token.ts";

const v3: TokenSyntax = { tokenSeparator: "://", keySeparator: "|", prefixes: new Set([...builtInPrefixes, "DB"]) };

function warningsOf(text: string, syntax: TokenSyntax = v3): readonly ScanWarning[] {
  return scan(Buffer.from(text), syntax).warnings;
}

describe("an unknown name that ends in one of the seven", () => {
  it("is named whole in a warning, and holds a token", () => {
    const { tokens, warnings } = scan(Buffer.from("a: MYVAULT://x"), v3);
    expect(tokens).toMatchObject([{ start: 5, end: 14 }]);
    expect(warnings).toEqual([
      {
        start: 3,
        end: 10,
        message: '"MYVAULT" is no known prefix, a token begins at its end with "VAULT://"',
        hint: 'configure a store "MYVAULT" if you meant one',
      },
    ]);
  });

  it("is told the near prefix when there is another", () => {
    const syntax = { ...v3, prefixes: new Set([...builtInPrefixes, "MYVAULTS"]) };
    expect(warningsOf("MYVAULT://x", syntax)[0]?.hint).toBe('did you mean "MYVAULTS"?');
  });

  it("brings a warning inside another token's path too", () => {
    expect(warningsOf("VAULT:///a/MYVAULT://b")).toMatchObject([{ start: 11, end: 18 }]);
  });

  it.each([
    { name: "a known name", text: "VAULT://x" },
    {
      name: "a word that is no name, as v3 allows",
      text: "RenaissanceAWSPARAMSTR:///x my_VAULT://x _VAULT://y 9VAULT://z",
    },
    { name: "a name inside metadata", text: "VAULT:///a[k=MYVAULT://x]" },
  ])("is not $name", ({ text }) => {
    expect(warningsOf(text)).toEqual([]);
  });

  it("is shown by its end when it is very long", () => {
    const [warning] = warningsOf(`${"A".repeat(100)}VAULT://x`);
    expect(warning?.message).toBe(
      `"…${"A".repeat(59)}VAULT" is no known prefix, a token begins at its end with "VAULT://"`,
    );
  });
});

describe("an unknown name that is near a known one", () => {
  it.each([
    { name: "a letter missing", text: "AWSSECRET://x", near: "AWSSECRETS" },
    { name: "a letter too many", text: "VAULTS://x", near: "VAULT" },
    { name: "another letter", text: "ENF://x", near: "ENV" },
    { name: "two letters swapped", text: "VUALT://x", near: "VAULT" },
    { name: "two letters wrong in a name of six and more", text: "AWSEKRETS://x", near: "AWSSECRETS" },
    { name: "a declared prefix", text: "DBX://x", near: "DB" },
  ])("brings a warning: $name", ({ text, near }) => {
    const name = text.slice(0, text.indexOf(":"));
    expect(scan(Buffer.from(text), v3)).toEqual({
      tokens: [],
      problems: [],
      warnings: [
        {
          start: 0,
          end: name.length,
          message: `"${name}" is no known prefix, so "${name}://" is plain text`,
          hint: `did you mean "${near}"?`,
        },
      ],
    });
  });

  it("brings a warning at each of its places", () => {
    expect(warningsOf("VALT://x\nVALT://x").map(({ start }) => start)).toEqual([0, 9]);
  });

  it("brings a warning with any separator", () => {
    expect(warningsOf("VALT#x", { ...v3, tokenSeparator: "#" })).toMatchObject([{ start: 0, end: 4 }]);
  });

  it.each([
    { name: "a name that is near none", text: "HTTPS://x POSTGRES://y" },
    { name: "two letters wrong in a name of less than six", text: "VXXLT://x" },
    { name: "a lower-case word", text: "vault://x file:///y envv://z Vault://q" },
    { name: "a word that begins like no name", text: "_VALT://x 1VALT://y aVALT://z" },
    { name: "no word", text: " ://x" },
    { name: "a name without the separator", text: "VALT" },
    { name: "a name inside metadata", text: "VAULT:///a[k=VALT://x]" },
    { name: "a word of more than 64 characters", text: `${"A".repeat(100)}://x` },
  ])("is not $name", ({ text }) => {
    expect(warningsOf(text)).toEqual([]);
  });

  it("is sought for the first 1,000 distinct names alone", () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `Q${"Q".repeat(20)}${index}://x `).join("");
    expect(
      warningsOf(`VALT://a ${names}VALT://b VAULTT://c MYVAULT://d`).map(({ message }) => message.slice(0, 9)),
    ).toEqual(['"VALT" is', '"VALT" is', '"MYVAULT"']);
  });
});
