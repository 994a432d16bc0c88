import { describe, expect, it } from "vitest";
import { checkTokenSyntax, scan } from "./scanner.ts";
import type { TokenSyntax } from "./token.ts";

function syntaxOf(tokenSeparator: string, keySeparator = "|"): TokenSyntax {
  return { tokenSeparator, keySeparator, prefixes: new Set() };
}

describe("the token separator", () => {
  it.each(["://", "#", "::", "->", "~~x", "→", "/", "$", "="])("can be %j", (separator) => {
    expect(() => checkTokenSyntax(syntaxOf(separator))).not.toThrow();
  });

  it.each([
    { name: "empty", separator: "", reason: "it is empty" },
    { name: "a letter first", separator: "x:", reason: "it begins with a letter, a digit or _" },
    { name: "a digit first", separator: "1", reason: "it begins with a letter, a digit or _" },
    { name: "an underscore first", separator: "_", reason: "it begins with a letter, a digit or _" },
    { name: "a blank", separator: ": ", reason: "it holds white space" },
    { name: "white space beyond ASCII", separator: ":\u00a0", reason: "it holds white space" },
    { name: "a control character", separator: ":\0", reason: "it holds a control character" },
    { name: "half a surrogate pair", separator: ":\ud800", reason: "it holds a control character" },
    { name: "a bracket", separator: ":[", reason: 'it holds "["' },
    { name: "the key separator", separator: "|", reason: "it is the key separator" },
  ])("cannot be $name", ({ separator, reason }) => {
    expect(() => checkTokenSyntax(syntaxOf(separator))).toThrow(
      expect.objectContaining({
        code: "CM_TOKEN_SEPARATOR_INVALID",
        message: `"${separator}" cannot be the token separator: ${reason}`,
      }),
    );
  });
});

describe("the key separator", () => {
  it.each([..."!\"#$&'()*+,-.:;<=>?@\\^`{|}~"])("can be %j", (separator) => {
    expect(() => checkTokenSyntax(syntaxOf("://", separator))).not.toThrow();
  });

  it.each(["", "||", " ", "\t", "a", "Z", "0", "_", "/", "%", "[", "]", "\u007f", "é", "😀"])(
    "cannot be %j",
    (separator) => {
      expect(() => checkTokenSyntax(syntaxOf("://", separator))).toThrow(
        expect.objectContaining({
          code: "CM_KEY_SEPARATOR_INVALID",
          message: `"${separator}" cannot be the key separator`,
        }),
      );
    },
  );

  it("may be a part of the token separator", () => {
    expect(() => checkTokenSyntax(syntaxOf("##", "#"))).not.toThrow();
  });
});

describe("scan", () => {
  it("refuses separators that cannot be", () => {
    expect(() => scan(Buffer.from("x"), syntaxOf(""))).toThrow(
      expect.objectContaining({ code: "CM_TOKEN_SEPARATOR_INVALID" }),
    );
  });
});
