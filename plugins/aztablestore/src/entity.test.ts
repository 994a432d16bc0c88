import { describe, expect, it } from "vitest";
import { entityValue } from "./entity.ts";

describe("the value of an entity", () => {
  it.each([
    { name: "text as it is", body: '{"value":"a \\u00fc \\n"}', expected: "a ü \n" },
    { name: "an empty text", body: '{"value":""}', expected: "" },
    { name: "an Int32", body: '{"value":1000000}', expected: "1000000" },
    { name: "the sign of zero", body: '{"value":-0.0}', expected: "-0" },
    { name: "a large Double", body: '{"value":1.5E+25}', expected: "1.5e+25" },
    {
      name: "a Double that JSON cannot spell",
      body: '{"value@odata.type":"Edm.Double","value":"NaN"}',
      expected: "NaN",
    },
    {
      name: "an Int64",
      body: '{"value@odata.type":"Edm.Int64","value":"9007199254740993"}',
      expected: "9007199254740993",
    },
    { name: "a Boolean", body: '{"value":true}', expected: "true" },
    { name: "an object", body: '{"value":{"b":1.0,"a":"<"}}', expected: '{"a":"\\u003c","b":1}' },
    { name: "a list", body: '{"value":[1000000,null]}', expected: "[1000000,null]" },
    { name: "the last of two", body: '{"value":"a","value":"b"}', expected: "b" },
    { name: "the whole entity when it is null", body: '{"value":null,"a":1}', expected: '{"a":1,"value":null}' },
    { name: "the whole entity when the name is another", body: '{"Value":"x"}', expected: '{"Value":"x"}' },
    {
      name: "the whole entity as Go prints it",
      body: '{"z": 1e2, "a@odata.type": "Edm.Guid", "a": "<&>\u2028", "10": 1, "9": false}',
      expected: '{"10":1,"9":false,"a":"\\u003c\\u0026\\u003e\\u2028","a@odata.type":"Edm.Guid","z":100}',
    },
    { name: "text that is no JSON", body: "tsuccessParam", expected: "tsuccessParam" },
    { name: "JSON that is no entity", body: "[1, 2]", expected: "[1, 2]" },
    { name: "nothing", body: "", expected: "" },
  ])("is $name", ({ body, expected }) => {
    expect(entityValue(body)).toBe(expected);
  });

  it.each([
    { name: "an entity that breaks off", body: '{"value":"geheim' },
    { name: "a page that something on the way put in its place", body: "<html>geheim</html>" },
  ])("is not $name, of which nothing is quoted", ({ body }) => {
    expect(() => entityValue(body)).toThrow(/^the answer of the service is no entity$/);
  });
});
