import { describe, expect, it } from "vitest";
import type { ConfigManagerError } from "../errors/errors.ts";
import { JsonDocument } from "./json-document.ts";
import { selectKeyPath } from "./key-path.ts";

const found: { name: string; value: string; keyPath: string[]; expected: string }[] = [
  { name: "a member of the root", value: '{"a":"x"}', keyPath: ["a"], expected: "x" },
  { name: "a member of a member", value: '{"a":{"b":{"c":"x"}}}', keyPath: ["a", "b", "c"], expected: "x" },
  {
    name: "the path from the root before one below",
    value: '{"z":{"k":"below"},"k":"root"}',
    keyPath: ["k"],
    expected: "root",
  },
  {
    name: "the only match anywhere below, as v3",
    value: '{"z":[{"q":{"k":{"l":"x"}}}]}',
    keyPath: ["k", "l"],
    expected: "x",
  },
  {
    name: "a match below although a part of the path is at the root",
    value: '{"a":1,"z":{"a":{"b":"x"}}}',
    keyPath: ["a", "b"],
    expected: "x",
  },
  {
    name: "a match below an object of the same key",
    value: '{"a":{"x":{"a":{"b":1}}}}',
    keyPath: ["a", "b"],
    expected: "1",
  },
  { name: "an element by its index", value: '{"a":[10,{"b":"x"}]}', keyPath: ["a", "1", "b"], expected: "x" },
  { name: "an element of the root", value: '["x","y"]', keyPath: ["1"], expected: "y" },
  { name: "an element below, as v3", value: '{"z":{"a":[7,8]}}', keyPath: ["a", "0"], expected: "7" },
  { name: "an index alone anywhere below", value: '{"z":["x"]}', keyPath: ["0"], expected: "x" },
  { name: "an index with leading zeros, as v3", value: '{"a":[7,8]}', keyPath: ["a", "01"], expected: "8" },
  {
    name: "digits as a key of an object, letter by letter",
    value: '{"a":{"1":"one","01":"x"}}',
    keyPath: ["a", "01"],
    expected: "x",
  },
  { name: "a key with a dot", value: '{"tls.crt":"x"}', keyPath: ["tls.crt"], expected: "x" },
  { name: "a key that the source escapes", value: '{"\\u0061\\n":"x"}', keyPath: ["a\n"], expected: "x" },
  { name: "a key that is not ASCII", value: '{"ключ":{"😀":"x"}}', keyPath: ["ключ", "😀"], expected: "x" },
  {
    name: "__proto__",
    value: '{"__proto__":{"constructor":"x"}}',
    keyPath: ["__proto__", "constructor"],
    expected: "x",
  },
  { name: "the last of duplicate keys", value: '{"a":1,"a":2}', keyPath: ["a"], expected: "2" },
  {
    name: "the last of duplicate keys whose first goes on",
    value: '{"a":{"b":1},"c":{"a":{"b":9}},"a":0}',
    keyPath: ["a", "b"],
    expected: "9",
  },
  { name: "the one match that no duplicate hides", value: '{"z":{"k":1},"z":{"k":2}}', keyPath: ["k"], expected: "2" },
  {
    name: "a string unescaped",
    value: String.raw`{"a":"q\"\\\/\n\u00e9\ud83d\ude00"}`,
    keyPath: ["a"],
    expected: 'q"\\/\né😀',
  },
  { name: "an empty string", value: '{"a":""}', keyPath: ["a"], expected: "" },
  {
    name: "a number by its digits",
    value: '{"a": 12345678901234567890 }',
    keyPath: ["a"],
    expected: "12345678901234567890",
  },
  { name: "a number with its zeros", value: '{"a":1.10}', keyPath: ["a"], expected: "1.10" },
  { name: "true", value: '{"a":true}', keyPath: ["a"], expected: "true" },
  { name: "false", value: '{"a":false}', keyPath: ["a"], expected: "false" },
  { name: "null", value: '{"a":null}', keyPath: ["a"], expected: "null" },
  {
    name: "an object as the source spells it",
    value: '{"a":{"z" : 1.0,\n "a":"\\u0041"} }',
    keyPath: ["a"],
    expected: '{"z" : 1.0,\n "a":"\\u0041"}',
  },
  { name: "an array as the source spells it", value: '{"a":[ 1 , 2]}', keyPath: ["a"], expected: "[ 1 , 2]" },
];

const notFound: { name: string; value: string; keyPath: string[]; message: string; hint?: string }[] = [
  {
    name: "lists the keys that are there",
    value: '{"host":"s3cret","port":1}',
    keyPath: ["pasword"],
    message: 'key path "pasword" is not in the value; the value has the keys "host", "port"',
  },
  {
    name: "advises the nearest key",
    value: '{"db":{"host":1,"password":"s3cret"}}',
    keyPath: ["db", "pasword"],
    message: 'key path "db.pasword" is not in the value; "db" in it has the keys "host", "password"',
    hint: 'write "db.password"',
  },
  { name: "names one key alone", value: '{"a":1}', keyPath: ["zzz"], message: '; the value has the key "a"' },
  { name: "names an empty object", value: '{"a":{}}', keyPath: ["a", "b"], message: '; "a" in it is an empty object' },
  { name: "names an array", value: '{"a":[1]}', keyPath: ["a", "1"], message: '; "a" in it is an array of 1 element' },
  {
    name: "names what is no object",
    value: '"s3cret"',
    keyPath: ["a"],
    message: "; the value is no object but a JSON string",
  },
  {
    name: "names a path that goes too far",
    value: '{"a":5}',
    keyPath: ["a", "b"],
    message: '; "a" in it is no object but a JSON number',
  },
  {
    name: "shows a dot of a key as it is written in a token",
    value: '{"a.b":1}',
    keyPath: ["a.c"],
    message: '"a%2Ec" is not in the value; the value has the key "a%2Eb"',
  },
  { name: "makes keys safe to print", value: '{"\\u001b[2J":1}', keyPath: ["zzzz"], message: 'the key "\\x1b[2J"' },
  { name: "knows no wildcard", value: '{"a":{"b":1}}', keyPath: ["*"], message: 'key path "*" is not' },
  { name: "knows no root sign", value: '{"a":1}', keyPath: ["$", "a"], message: 'key path "$.a" is not' },
  { name: "knows no filter", value: '{"a":[1]}', keyPath: ["a", "[?(@>0)]"], message: "is not in the value" },
  { name: "knows no index from the end", value: '{"a":[7,8]}', keyPath: ["a", "-1"], message: "is not in the value" },
  { name: "knows no length", value: '{"a":[7,8]}', keyPath: ["a", "length"], message: "is not in the value" },
  { name: "knows no inherited key", value: '{"a":{}}', keyPath: ["a", "constructor"], message: "is not in the value" },
  {
    name: "takes an index beyond the end for absent",
    value: "[1]",
    keyPath: ["99999999999999999999"],
    message: "is not in the value",
  },
  {
    name: "finds nothing behind a replaced duplicate",
    value: '{"a":{"k":1},"a":2}',
    keyPath: ["k"],
    message: "is not in the value",
  },
];

const several: { name: string; value: string; keyPath: string[]; message: string }[] = [
  {
    name: "lists the places",
    value: '{"a":{"k":"s3cret"},"b":[{"k":2}]}',
    keyPath: ["k"],
    message: 'key path "k" is in the value 2 times: "a.k", "b.0.k"',
  },
  {
    name: "counts a match inside a match",
    value: '{"z":{"k":{"k":1}}}',
    keyPath: ["k"],
    message: '2 times: "z.k", "z.k.k"',
  },
  {
    name: "counts objects and arrays for digits",
    value: '{"a":[1],"b":{"0":2}}',
    keyPath: ["0"],
    message: '2 times: "a.0", "b.0"',
  },
];

describe("selectKeyPath", () => {
  it.each(found)("finds $name", ({ value, keyPath, expected }) => {
    const match = select(value, keyPath);
    expect(match.ok && Buffer.from(match.text).toString()).toBe(expected);
  });

  it.each(notFound)("when there is no match, $name", ({ value, keyPath, message, hint }) => {
    const error = errorOf(value, keyPath);
    expect(error.code).toBe("CM_KEY_PATH_NO_MATCH");
    expect(error.message).toContain(message);
    expect(error.hint).toBe(hint ?? error.hint);
    expect(printed(error)).not.toContain("s3cret");
  });

  it.each(several)("when there are several matches, $name", ({ value, keyPath, message }) => {
    const error = errorOf(value, keyPath);
    expect(error.code).toBe("CM_KEY_PATH_AMBIGUOUS");
    expect(error.message).toContain(message);
    expect(printed(error)).not.toContain("s3cret");
  });

  it("lists no more than 20 keys, each cut at 60 characters", () => {
    const members = Array.from({ length: 1_000 }, (_, index) => `"${"k".repeat(200)}${index}":1`);
    const error = errorOf(`{${members.join(",")}}`, ["zzzz"]);
    expect(error.details["keys"]).toHaveLength(20);
    expect(error.message).toMatch(/ and more$/);
    expect(error.message.length).toBeLessThan(2_000);
  });

  it("lists no more than 20 places", () => {
    const error = errorOf(`[${'{"k":1},'.repeat(1_000)}1]`, ["k"]);
    expect(error.message).toMatch(/more than 20 times: .* and more$/);
    expect(error.details["keys"]).toHaveLength(20);
  });

  it("cuts no character in half", () => {
    const error = errorOf(`{"${"x".repeat(59)}😀😀":1}`, ["zzzz"]);
    expect(error.details["keys"]).toEqual([`${"x".repeat(59)}…`]);
  });

  it("looks up 20,000 key paths of one value, half of them below the root, without walking all of it for each", () => {
    const members = Array.from({ length: 20_000 }, (_, index) => `"k${index}":{"v${index}":[${index}]}`);
    const document = new JsonDocument(Buffer.from(`{${members.join(",")}}`));
    for (let index = 0; index < 20_000; index++) {
      const keyPath = index % 2 === 0 ? [`k${index}`, `v${index}`, "0"] : [`v${index}`, "0"];
      const match = selectKeyPath(document, keyPath);
      expect(match.ok && Buffer.from(match.text).toString()).toBe(String(index));
    }
  });
});

function select(value: string, keyPath: readonly string[]): ReturnType<typeof selectKeyPath> {
  return selectKeyPath(new JsonDocument(Buffer.from(value)), keyPath);
}

function errorOf(value: string, keyPath: readonly string[]): ConfigManagerError {
  const match = select(value, keyPath);
  if (match.ok) throw new Error("there was a match");
  return match.error;
}

function printed({ message, hint, details }: ConfigManagerError): string {
  return JSON.stringify([message, hint, details]);
}
