import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prepareMasker } from "./masker.ts";
import { maskTexts } from "./mask-texts.ts";

function textsOf(...values: readonly string[]): string[] {
  return maskTexts(values.map((value) => Buffer.from(value))).map((text) => Buffer.from(text).toString());
}

function masked(value: string | Uint8Array, output: string): string {
  const masker = prepareMasker(maskTexts([Buffer.from(value)]))();
  return Buffer.concat([...masker.write(Buffer.from(output)), ...masker.end()]).toString();
}

describe("maskTexts", () => {
  it.each(["", "abc", "true", "false", "null", "    ", "\n\n\n\n", "äöü"])("leaves %j out", (value) => {
    expect(textsOf(value)).toEqual([]);
  });

  it("has a value whole and each of its lines, without the blanks around it", () => {
    const texts = textsOf("  first line\r\nabc\ntrue\n\tlast line");
    expect(texts).toEqual(
      expect.arrayContaining(["  first line\r\nabc\ntrue\n\tlast line", "first line", "last line"]),
    );
    expect(texts).not.toContain("abc");
    expect(texts).not.toContain("true");
  });

  it("has the forms of a value that is also the form of another", () => {
    expect(textsOf("a b c", "a%20b%20c")).toContain("a%2520b%2520c");
  });

  it("has no form under six characters, and each text once", () => {
    const texts = textsOf("abcd", "abcd");
    expect(texts.filter((text) => text.length < 6)).toEqual(["abcd"]);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it("has no forms of a value that no variable can hold", () => {
    expect(textsOf("x".repeat(300_000))).toHaveLength(1);
  });
});

const value = "p\u00e4ss/w+rd & 'more' <1>~ok?";
const key = Buffer.from("\xff\xfe\xfd\xfb\xef\xbe\xad\xde\xff\xfb", "latin1");

describe("a value is masked", () => {
  it.each([
    { name: "by encodeURIComponent", output: encodeURIComponent(value) },
    {
      name: "by encodeURIComponent in lower case",
      output: encodeURIComponent(value).replace(/%../g, (code) => code.toLowerCase()),
    },
    { name: "by encodeURI", output: encodeURI(value) },
    { name: "by URLSearchParams", output: new URLSearchParams({ q: value }).toString().slice(2) },
    { name: "as a JSON string", output: JSON.stringify(value).slice(1, -1) },
    {
      name: "as a JSON string of Go",
      output: JSON.stringify(value)
        .slice(1, -1)
        .replace("&", "\\u0026")
        .replace("<", "\\u003c")
        .replace(">", "\\u003e"),
    },
    { name: "as a JSON string in ASCII", output: JSON.stringify(value).slice(1, -1).replace("\u00e4", "\\u00e4") },
    { name: "in a shell's quotes", output: value.replaceAll("'", "'\\''") },
  ])("encoded $name", ({ output }) => {
    expect(masked(value, `<${output}>`)).toBe("<***>");
  });

  it.each(["base64", "base64url"] as const)("in %s, with padding and without", (encoding) => {
    const encoded = key.toString(encoding);
    expect(masked(key, `<${encoded}>`)).toBe("<***>");
    expect(masked(key, `<${encoded.replace(/=*$/, "")}>`)).toBe("<***>");
  });

  it.each([76, 64])("in base64 that is wrapped at %d characters", (width) => {
    const long = "0123456789abcdefg".repeat(20);
    const lines =
      Buffer.from(long)
        .toString("base64")
        .match(new RegExp(`.{1,${width}}`, "g")) ?? [];
    expect(masked(long, lines.join("\n"))).toBe(lines.map(() => "***").join("\n"));
  });
});

it("within a longer base64 text nothing of a value is left but bits that it shares with its neighbours", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 6, unit: "grapheme-ascii" }),
      fc.uint8Array(),
      fc.uint8Array(),
      (text, before, behind) => {
        fc.pre(text.trim().length >= 6);
        const encoded = Buffer.concat([before, Buffer.from(text), behind]).toString("base64");
        const left = masked(text, encoded);
        const inner = Buffer.from(text).subarray(1, -1).toString("base64").slice(0, 6);
        expect(left).toContain("***");
        expect(left.length).toBeLessThanOrEqual(encoded.length - inner.length + 3);
      },
    ),
  );
});
