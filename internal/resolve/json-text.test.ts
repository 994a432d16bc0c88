import { describe, expect, it } from "vitest";
import { isConfigManagerError } from "../errors/errors.ts";
import { JsonDocument } from "./json-document.ts";
import { escapeJson } from "./json-string.ts";
import { maxJsonLevels } from "./json-text.ts";

const accepted: { name: string; input: string }[] = [
  { name: "a lone number", input: "-0.5e+10" },
  { name: "zero", input: "-0" },
  { name: "a lone string", input: '"a"' },
  { name: "the three words", input: "[true,false,null]" },
  { name: "empty containers", input: '{"a":{},"b":[]}' },
  { name: "all four kinds of white space", input: ' \t\r\n{ "a" :\r\n[ 1 ,\t2 ] } \n' },
  { name: "every escape", input: String.raw`"\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00"` },
  { name: "DEL and line separators in a string", input: '"\u007f\u2028"' },
  { name: "duplicate keys", input: '{"a":1,"a":2}' },
  { name: "empty keys and strings", input: '{"":""}' },
];

const rejected: { name: string; input: string | Buffer; reason: string }[] = [
  { name: "nothing", input: "", reason: "it is empty" },
  { name: "white space alone", input: "  ", reason: "no value" },
  { name: "a byte order mark", input: "\ufeff{}", reason: "a byte order mark" },
  { name: "bytes that are not UTF-8", input: Buffer.from([0x22, 0xff, 0x22]), reason: "not UTF-8" },
  { name: "an encoded surrogate", input: Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), reason: "not UTF-8" },
  { name: "an overlong encoding", input: Buffer.from([0x22, 0xc0, 0xaf, 0x22]), reason: "not UTF-8" },
  { name: "plain text", input: "hello", reason: "no value" },
  { name: "something after the value", input: "1 2", reason: "something after" },
  { name: "two values", input: "{}{}", reason: "something after" },
  { name: "a leading zero", input: "01", reason: "something after" },
  { name: "a plus sign", input: "+1", reason: "no value" },
  { name: "a sign alone", input: "-", reason: "no value" },
  { name: "a point without digits", input: "1.", reason: "no digit after" },
  { name: "an exponent without digits", input: "1e+", reason: "no digit in the exponent" },
  { name: "a number that begins with a point", input: ".5", reason: "no value" },
  { name: "NaN", input: "NaN", reason: "no value" },
  { name: "half a word", input: "[tru]", reason: "no value" },
  { name: "a word that goes on", input: "nulls", reason: "something after" },
  { name: "a comma at the end of an array", input: "[1,]", reason: "no value" },
  { name: "a comma at the end of an object", input: '{"a":1,}', reason: "no key" },
  { name: "a missing comma", input: "[1 2]", reason: "neither a comma" },
  { name: "a missing colon", input: '{"a" 1}', reason: "no colon" },
  { name: "a key without quotes", input: "{a:1}", reason: "no key" },
  { name: "single quotes", input: "{'a':1}", reason: "no key" },
  { name: "the wrong bracket", input: "[1}", reason: "neither a comma" },
  { name: "an array that is not closed", input: "[1", reason: "neither a comma" },
  { name: "an object that is not closed", input: '{"a":{}', reason: "neither a comma" },
  { name: "a string that is not closed", input: '"a', reason: "no end of the string" },
  { name: "a string that ends in a backslash", input: '"a\\', reason: "no such escape" },
  { name: "a line feed in a string", input: '"a\nb"', reason: "a control character" },
  { name: "a NUL in a string", input: '"\0"', reason: "a control character" },
  { name: "an unknown escape", input: '"\\x41"', reason: "no such escape" },
  { name: "too few hex digits", input: '"\\u00e"', reason: "no such escape" },
  { name: "a lone high surrogate", input: '"\\ud800"', reason: "a lone surrogate" },
  { name: "a lone low surrogate", input: '"\\udc00"', reason: "a lone surrogate" },
  { name: "a high surrogate before another escape", input: '"\\ud800\\u0041"', reason: "a lone surrogate" },
  { name: "two high surrogates", input: '"\\ud800\\ud800\\udc00"', reason: "a lone surrogate" },
  { name: "a lone surrogate in a key", input: '{"\\udfff":1}', reason: "a lone surrogate" },
  { name: "comments", input: "/**/1", reason: "no value" },
  { name: "other white space", input: "\u00a01", reason: "no value" },
];

describe("reading JSON", () => {
  it.each(accepted)("takes $name", ({ input }) => {
    expect(toPlain(new JsonDocument(Buffer.from(input)))).toEqual(JSON.parse(input));
  });

  it.each(rejected)("refuses $name", ({ input, reason }) => {
    const error = errorOf(Buffer.from(input));
    expect(error.code).toBe("CM_VALUE_NOT_JSON");
    expect(error.message).toContain(reason);
  });

  it("says where the fault is and never what stands there", () => {
    const error = errorOf(Buffer.from('{"password": hunter2}'));
    expect(error.details).toEqual({ offset: 13 });
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toMatch(/hunter2|password/);
  });

  it.each([
    { name: "arrays", open: "[", close: "]" },
    { name: "objects", open: '{"a":', close: "}" },
  ])("takes 1,000 levels of $name and refuses 1,001", ({ open, close }) => {
    const nested = (levels: number): Buffer => Buffer.from(`${open.repeat(levels)}1${close.repeat(levels)}`);
    expect(() => new JsonDocument(nested(maxJsonLevels))).not.toThrow();
    expect(errorOf(nested(maxJsonLevels + 1)).code).toBe("CM_VALUE_NOT_JSON");
  });

  it("counts levels, not containers", () => {
    expect(() => new JsonDocument(Buffer.from(`[${"[],{},".repeat(5_000)}1]`))).not.toThrow();
  });

  it("refuses ten million open brackets at once", () => {
    expect(errorOf(Buffer.alloc(10_000_000, "[")).code).toBe("CM_VALUE_NOT_JSON");
  });

  it("keeps the source's spelling of what it does not unescape", () => {
    const document = new JsonDocument(Buffer.from('[12345678901234567890, 1.10, 1E400, {"b" :1, "\\u0061":2}]'));
    const texts = document.elementsOf(document.root).map((node) => Buffer.from(document.textOf(node)).toString());
    expect(texts).toEqual(["12345678901234567890", "1.10", "1E400", '{"b" :1, "\\u0061":2}']);
  });

  it("orders an object's keys as the source does, integers and __proto__ among them", () => {
    const document = new JsonDocument(Buffer.from('{"b":1,"10":2,"2":3,"__proto__":4,"constructor":5,"b":6}'));
    expect([...document.membersOf(document.root).keys()]).toEqual(["10", "2", "__proto__", "constructor", "b"]);
  });
});

describe("escapeJson", () => {
  it("gives what JSON.stringify gives between its quotes", () => {
    const text = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code)).join("") + "😀\u2028";
    expect(Buffer.from(escapeJson(Buffer.from(text))).toString()).toBe(JSON.stringify(text).slice(1, -1));
  });
});

function errorOf(bytes: Uint8Array): { code: string; message: string; hint: unknown; details: unknown } {
  try {
    // oxlint-disable-next-line no-new -- the constructor is what is tested
    new JsonDocument(bytes);
  } catch (error) {
    if (isConfigManagerError(error)) return error;
    throw error;
  }
  throw new Error("it was taken for JSON");
}

function toPlain(document: JsonDocument, node: number = document.root): unknown {
  const kind = document.kindOf(node);
  if (kind === "object") {
    return Object.fromEntries(Array.from(document.membersOf(node), ([key, child]) => [key, toPlain(document, child)]));
  }
  if (kind === "array") return document.elementsOf(node).map((child) => toPlain(document, child));
  const text = Buffer.from(document.textOf(node)).toString();
  return kind === "string" ? text : JSON.parse(text);
}
