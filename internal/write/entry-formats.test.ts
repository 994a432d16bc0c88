import { describe, expect, it } from "vitest";
import dotenv from "dotenv";
import { parse } from "yaml";
import { entryOf } from "../../test/helpers/export-entry.ts";
import { type EntryFormat, formatEntries } from "./entry-formats.ts";

const format = (entries: Parameters<typeof formatEntries>[0], name: EntryFormat): string =>
  Buffer.from(formatEntries(entries, name, () => "END")).toString();

describe("formatEntries", () => {
  const entries = [entryOf("A", 'it\'s "x"\n\\'), entryOf("B", "1.10", true), entryOf("C", "1.10")];

  it("writes JSON, where numbers of an expanded object stay numbers", () => {
    expect(format(entries, "json")).toBe('{\n  "A": "it\'s \\"x\\"\\n\\\\",\n  "B": 1.10,\n  "C": "1.10"\n}\n');
  });

  it("writes YAML that reads back", () => {
    const odd = [...entries, entryOf("D", "\u0000\u0085\u2028\ufeff # : é😀")];
    expect(parse(format(odd, "yaml"))).toEqual({
      A: 'it\'s "x"\n\\',
      B: 1.1,
      C: "1.10",
      D: "\u0000\u0085\u2028\ufeff # : é😀",
    });
  });

  const cases: { format: EntryFormat; expected: string }[] = [
    { format: "fish", expected: "set -gx A 'it\\'s \"x\"\n\\\\'\n" },
    { format: "powershell", expected: "$env:A = 'it''s \"x\"\n\\'\n" },
    { format: "github", expected: 'A<<END\nit\'s "x"\n\\\nEND\n' },
  ];
  it.each(cases)("writes $format", ({ format: name, expected }) => {
    expect(format(entries.slice(0, 1), name)).toBe(expected);
  });

  it("writes .env lines that dotenv reads back", () => {
    const values = { A: "plain", B: "it's # a \\n", C: 'two\nlines "and" `quotes`', D: "", E: " blanks ", F: "é=😀" };
    const lines = format(
      Object.entries(values).map(([name, value]) => entryOf(name, value)),
      "dotenv",
    );
    expect(dotenv.parse(lines)).toEqual(values);
  });

  it("refuses what no quotes of a .env file hold, without the value", () => {
    const value = 'it\'s "all" `of` them\\n';
    expect(() => format([entryOf("A", `${value}\n${value}`)], "dotenv")).toThrow(
      expect.objectContaining({
        code: "CM_VALUE_INVALID",
        message: 'the value for "A" cannot stand in a .env file',
        token: "VAULT://A",
      }),
    );
  });

  it("doubles the curly quotes that PowerShell takes for straight ones", () => {
    expect(format([entryOf("A", "a‘b’c")], "powershell")).toBe("$env:A = 'a‘‘b’’c'\n");
  });

  it("takes another delimiter when the value holds the first", () => {
    const delimiters = ["END", "END2"];
    const text = formatEntries([entryOf("A", "x\nEND\ny")], "github", () => delimiters.shift()!);
    expect(Buffer.from(text).toString()).toBe("A<<END2\nx\nEND\ny\nEND2\n");
  });

  it.each(["json", "yaml"] as const)("writes no variable as an empty %s document", (name) => {
    expect(format([], name)).toBe("{}\n");
  });

  it.each(["dotenv", "json", "yaml", "fish", "powershell", "github"] as const)(
    "refuses what is no UTF-8 as %s",
    (name) => {
      expect(() => format([entryOf("A", Buffer.from([0xff]))], name)).toThrow(
        expect.objectContaining({ code: "CM_VALUE_INVALID", message: 'the value for "A" is no UTF-8 text' }),
      );
    },
  );

  it.each(["dotenv", "fish", "powershell", "github"] as const)("refuses a NUL as %s", (name) => {
    expect(() => format([entryOf("A", "a\0b")], name)).toThrow(/holds a NUL/);
  });
});
