import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { isJson } from "../../resolve/json-text.ts";
import { scan } from "../../token/scanner.ts";
import { findBreakingToken, maxCheckedBytes } from "./breakage.ts";

const isYaml = (text: Uint8Array): boolean => parseDocument(Buffer.from(text).toString()).errors.length === 0;

// The name of the token that is found; `values` are by name, tokens without one stay.
function found(
  text: string,
  values: Readonly<Record<string, string>>,
  isValid: (text: Uint8Array) => boolean,
): { readonly token: string | undefined; readonly parses: number } {
  const bytes = Buffer.from(text);
  const { tokens } = scan(bytes, { tokenSeparator: "://", keySeparator: "|", prefixes: new Set() });
  let parses = 0;
  const token = findBreakingToken({
    bytes,
    tokens,
    textOf: ({ reference: { path } }) => (values[path] === undefined ? undefined : Buffer.from(values[path])),
    parse: (text) => {
      parses++;
      return isValid(text);
    },
  });
  return { token: token?.reference.path, parses };
}

const three = '{"a": "VAULT://a", "b": "VAULT://b", "c": "VAULT://c"}';

describe("findBreakingToken", () => {
  it.each([
    ["a quote", '"'],
    ["a backslash", "\\d"],
    ["a line feed", "x\ny"],
  ])("names the token of JSON whose value has %s", (_what, value) => {
    expect(found(three, { a: "x", b: value, c: "y" }, isJson).token).toBe("b");
    expect(found(three, { a: value, c: "y" }, isJson).token).toBe("a");
  });

  it.each([
    ["a colon and a blank", "x: y"],
    ["a quote", '"x" y'],
    ["a line feed", "x\ny"],
  ])("names the token of YAML whose value has %s", (_what, value) => {
    expect(found("a: VAULT://a\nb: VAULT://b\n", { a: "x", b: value }, isYaml).token).toBe("b");
  });

  it("names the token that a comment cuts off", () => {
    expect(found("a: [VAULT://a]\n", { a: "x #y" }, isYaml).token).toBe("a");
  });

  it("says nothing when nothing is broken, or was before", () => {
    expect(found(three, { a: "\\n", b: "x: y #z" }, isJson).token).toBeUndefined();
    expect(found(`${three}]`, { a: '"' }, isJson).token).toBeUndefined();
    expect(found('{"a": "VAULT://a", "b": VAULT://b}', { a: '"', b: "1" }, isJson).token).toBeUndefined();
  });

  it("parses nothing when no value is suspicious, or the text is too long", () => {
    expect(found(three, { a: "x", b: "y:z#" }, isJson)).toEqual({ token: undefined, parses: 0 });
    const blanks = " ".repeat(maxCheckedBytes);
    expect(found(three + blanks, { a: '"' }, isJson)).toEqual({ token: undefined, parses: 0 });
    expect(found(three, { a: `"${blanks}` }, isJson)).toEqual({ token: undefined, parses: 0 });
  });

  it("parses a few times only, however many tokens there are", () => {
    const text = `[${Array.from({ length: 1_000 }, (_, index) => `"VAULT://${index}"`).join()}]`;
    const values = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [String(index), "\\n"]));
    const { token, parses } = found(text, { ...values, 777: '"' }, isJson);
    expect(token).toBe("777");
    expect(parses).toBeLessThan(15);
  });
});
