import { describe, expect, it } from "vitest";
import { quotesValue } from "./quotes-value.ts";

describe("quotesValue", () => {
  const value = Buffer.from('so "secret"\nthat nobody says it');

  it.each([
    { name: "as it is", text: `"${value.toString()}" is too long` },
    { name: "as JSON has it", text: `the body ${JSON.stringify({ value: value.toString() })} is not right` },
    { name: "in base64", text: `payload ${value.toString("base64")} is not right` },
  ])("finds a value $name", ({ text }) => {
    expect(quotesValue(text, value)).toBe(true);
  });

  it("finds a part of a larger buffer alone", () => {
    const part = Buffer.from("before,secret,after").subarray(7, 13);
    expect(quotesValue("a secret", part)).toBe(true);
    expect(quotesValue("before and after", part)).toBe(false);
  });

  it("finds nothing where the value is not, and never an empty value", () => {
    expect(quotesValue("the name is too long", value)).toBe(false);
    expect(quotesValue("the value is empty", new Uint8Array())).toBe(false);
  });
});
