import { describe, expect, it } from "vitest";
import { memberText } from "./json-member.ts";

describe("the text of a member", () => {
  it.each([
    { name: "keeps the digits of numbers", json: '{"data":{"n":1.10,"m":1E400}}', expected: '{"n":1.10,"m":1E400}' },
    { name: "is found among others", json: '{"a":[1,{"data":2}],"data":3,"z":{}}', expected: "3" },
    { name: "is found with blanks around", json: '\r\n{ "a" : null ,\t"data" : [ 1 , 2 ] } ', expected: "[ 1 , 2 ]" },
    { name: "is the last of two", json: '{"data":1,"data":2}', expected: "2" },
    { name: "has its key with escapes", json: '{"d\\u0061ta":"x"}', expected: '"x"' },
    { name: "may hold braces and quotes in texts", json: '{"a":"}\\"{","data":"]\\\\","b":1}', expected: '"]\\\\"' },
    { name: "may be empty", json: '{"data":{}}', expected: "{}" },
    { name: "may be a word", json: '{"data":null}', expected: "null" },
    {
      name: "may be deep",
      json: `{"data":${"[".repeat(9)}${"]".repeat(9)}}`,
      expected: `${"[".repeat(9)}${"]".repeat(9)}`,
    },
  ])("$name", ({ json, expected }) => {
    expect(JSON.parse(json)).toBeDefined();
    expect(memberText(json, ["data"])).toBe(expected);
  });

  it("is found on a way of several names", () => {
    expect(memberText('{"data":{"x":1,"data":{"data":5}}}', ["data", "data", "data"])).toBe("5");
  });

  it.each(['{"a":1}', "{}", "[]", '"data"', "null", '{"a":{"data":1}}'])("is not there in %s", (json) => {
    expect(memberText(json, ["data"])).toBeUndefined();
  });
});
