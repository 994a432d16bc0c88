import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toGoJson } from "./go-json.ts";

describe("JSON as Go prints it", () => {
  it.each([
    {
      name: "keys by their bytes",
      text: '{"b":1,"a":2,"B":3,"10":4,"9":5}',
      expected: '{"10":4,"9":5,"B":3,"a":2,"b":1}',
    },
    {
      name: "keys beyond the BMP after the rest of it",
      text: '{"\u{1f511}":1,"\uffee":2}',
      expected: '{"\uffee":2,"\u{1f511}":1}',
    },
    { name: "no blanks", text: ' { "a" : [ 1 , true , null ] } ', expected: '{"a":[1,true,null]}' },
    {
      name: "what HTML minds",
      text: '{"<&>":"a<b>&\u2028\u2029"}',
      expected: '{"\\u003c\\u0026\\u003e":"a\\u003cb\\u003e\\u0026\\u2028\\u2029"}',
    },
    {
      name: "control characters",
      text: '"\\u0000\\b\\t\\n\\f\\r\\u001f\\u007f/\\/"',
      expected: '"\\u0000\\b\\t\\n\\f\\r\\u001f\u007f//"',
    },
    { name: "half a surrogate pair", text: '"\\ud800"', expected: '"\ufffd"' },
    { name: "__proto__ as a key", text: '{"__proto__":{"a":1}}', expected: '{"__proto__":{"a":1}}' },
    { name: "the last of two members", text: '{"a":1,"a":2}', expected: '{"a":2}' },
    {
      name: "literal numbers",
      text: "[1.10,1E5,-0,12345678901234567890]",
      expected: "[1.10,1E5,-0,12345678901234567890]",
    },
    { name: "nothing in it", text: "{}", expected: "{}" },
    { name: "null", text: "null", expected: "null" },
  ])("has $name", ({ text, expected }) => {
    expect(toGoJson(text, { numbers: "literal" })).toBe(expected);
  });

  // What `json.Marshal` of Go 1.26 prints for these after `json.Unmarshal` into an `any`.
  it("takes numbers through a double when asked", () => {
    const text = "[1.10,1000000,1e20,1e21,1e-6,1e-7,-0,12345678901234567890,0.1]";
    expect(toGoJson(text, { numbers: "double" })).toBe(
      "[1.1,1000000,100000000000000000000,1e+21,0.000001,1e-7,-0,12345678901234567000,0.1]",
    );
    expect(() => toGoJson("1e999", { numbers: "double" })).toThrow(SyntaxError);
  });

  it("says nothing of a text that is not JSON", () => {
    expect(() => toGoJson('{"password": hunter2}', { numbers: "literal" })).toThrow(
      new SyntaxError("text is not JSON"),
    );
  });

  it("means the same as before", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(toGoJson(JSON.stringify(value), { numbers: "literal" }))).toEqual(
          JSON.parse(JSON.stringify(value)),
        );
      }),
      { numRuns: 5000 },
    );
  });
});

describe("a part of a document as Go prints it", () => {
  const of = (text: string, at: readonly string[]): string => toGoJson(text, { numbers: "literal", at });

  it.each([
    { name: "keeps the digits of numbers", text: '{"data":{"n":1.10,"m":1E400}}', expected: '{"m":1E400,"n":1.10}' },
    { name: "is found among others", text: '{"a":[1,{"data":2}],"data":3,"z":{}}', expected: "3" },
    { name: "is found with blanks around", text: '\r\n{ "a" : null ,\t"data" : [ 1 , 2 ] } ', expected: "[1,2]" },
    { name: "is the last of two", text: '{"data":1,"data":2}', expected: "2" },
    { name: "has its key with escapes", text: '{"d\\u0061ta":"x"}', expected: '"x"' },
    { name: "may hold braces and quotes in texts", text: '{"a":"}\\"{","data":"]\\\\","b":1}', expected: '"]\\\\"' },
    { name: "may be empty", text: '{"data":{}}', expected: "{}" },
    { name: "may be a word", text: '{"data":null}', expected: "null" },
    { name: "may be deep", text: '{"data":[[[[[[[[[]]]]]]]]]}', expected: "[[[[[[[[[]]]]]]]]]" },
  ])("$name", ({ text, expected }) => {
    expect(JSON.parse(text)).toBeDefined();
    expect(of(text, ["data"])).toBe(expected);
  });

  it("is found on a way of several names", () => {
    expect(of('{"data":{"x":1,"data":{"data":5}}}', ["data", "data", "data"])).toBe("5");
  });

  it.each(['{"a":1}', "{}", "[]", '"data"', "null", "1", '{"a":{"data":1}}'])(
    "is null in %s, which has none",
    (text) => {
      expect(of(text, ["data"])).toBe("null");
      expect(of(text, ["toString"])).toBe("null");
    },
  );
});
