import { describe, expect, it } from "vitest";
import { scan } from "../../token/scanner.ts";
import { createEscaper } from "./escaper.ts";
import { escapeFormats } from "./formats.ts";

const syntax = { tokenSeparator: "://", keySeparator: "|", prefixes: new Set<string>() };

describe("createEscaper", () => {
  it("leaves every value as it is for none", () => {
    const bytes = Buffer.from('k: "VAULT:///a"');
    const value = Buffer.from('"\n');
    const { tokens } = scan(bytes, syntax);
    expect(createEscaper("none", bytes, tokens).escape(tokens[0]!, value)).toBe(value);
  });

  it.each(escapeFormats.filter((format) => format !== "none" && format !== "auto"))(
    "hands on as it is what needs no escape, and leaves the text alone, for %s",
    (format) => {
      const bytes = Buffer.from("# VAULT:///a\nk=VAULT:///a:\"VAULT:///a' VAULT:///a\n");
      const before = Buffer.from(bytes);
      const { tokens } = scan(bytes, syntax);
      const escaper = createEscaper(format, bytes, tokens);
      const value = Buffer.from("abc");
      expect(tokens.map((token) => escaper.escape(token, value))).toEqual(tokens.map(() => value));
      expect(bytes).toEqual(before);
    },
  );

  it("reads a text that holds bytes that are not UTF-8", () => {
    const bytes = Buffer.concat([Buffer.from('a: "\\'), Buffer.from([0xff, 0x80]), Buffer.from('"\nk: VAULT:///a\n')]);
    const { tokens } = scan(bytes, syntax);
    const escaper = createEscaper("yaml", bytes, tokens);
    expect(Buffer.from(escaper.escape(tokens[0]!, Buffer.from("a: b"))).toString()).toBe('"a: b"');
  });
});
