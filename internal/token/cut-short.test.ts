import { describe, expect, it } from "vitest";
import { scan } from "./scanner.ts";
import type { TokenSyntax } from "./token.ts";

const v3: TokenSyntax = { tokenSeparator: "://", keySeparator: "|", prefixes: new Set(["ENV"]) };

const template = 'render the template first, a token ends at "{{"';
const variable = 'expand variables first with -e, a token ends at "{"';
const colon = 'write "%3A" for each ":" of the path';
const order = 'write the key path before the metadata, as in "path|key[version=1]"';

describe("a token that was probably cut short", () => {
  it.each([
    {
      name: "by a template",
      input: "AWSSECRETS:///{{ .Values.env }}/db",
      token: "AWSSECRETS:///",
      before: "{{",
      hint: template,
    },
    {
      name: "by a template later in the path",
      input: "x AWSSECRETS:///a-{{env}}",
      token: "AWSSECRETS:///a-",
      before: "{{",
      hint: template,
    },
    {
      name: "by a template in the key path",
      input: "VAULT:///a|k{{ x }}",
      token: "VAULT:///a|k",
      before: "{{",
      hint: template,
    },
    {
      name: "by a template that is the key path",
      input: "VAULT:///a|{{ x }}",
      token: "VAULT:///a",
      before: "{{",
      hint: template,
    },
    {
      name: "by a template with a dollar sign",
      input: "VAULT:///a/${{ x }}",
      token: "VAULT:///a/$",
      before: "{{",
      hint: template,
    },
    { name: "by a variable", input: "VAULT:///${ENV}/db", token: "VAULT:///$", before: "{", hint: variable },
    {
      name: "by a variable in the key path",
      input: "VAULT:///a|${ENV}",
      token: "VAULT:///a|$",
      before: "{",
      hint: variable,
    },
    {
      name: "by the colons of an ARN",
      input: "AWSSECRETS://arn:aws:secretsmanager:eu",
      token: "AWSSECRETS://arn",
      before: ":",
      hint: colon,
    },
    {
      name: "by the colons of an ARN behind a slash",
      input: "AWSSECRETS:///arn:aws-cn:x",
      token: "AWSSECRETS:///arn",
      before: ":",
      hint: colon,
    },
    {
      name: "by a key path behind the metadata",
      input: "VAULT:///a[version=1]|k",
      token: "VAULT:///a[version=1]",
      before: "|",
      hint: order,
    },
  ])("$name gets a warning at its place, and the hint", ({ input, token, before, hint }) => {
    const { tokens, warnings } = scan(Buffer.from(input), v3);
    const start = input.indexOf(token);
    const message = `token "${token}" ends before "${before}" and was probably cut short`;
    expect(warnings).toEqual([{ start, end: start + token.length, message, hint }]);
    expect(tokens[0]!.reference).toMatchObject({ text: token, cutShortHint: hint });
  });

  it("says so with the key separator that is set", () => {
    const { warnings } = scan(Buffer.from("VAULT:///a[v=1]#k"), { ...v3, keySeparator: "#" });
    expect(warnings[0]?.hint).toBe('write the key path before the metadata, as in "path#key[version=1]"');
  });

  it.each([
    { name: "a token at the end", input: "VAULT:///a" },
    { name: "a token in braces", input: "{VAULT:///a} {{VAULT:///b}} ${VAULT:///c}" },
    { name: "a token before one brace", input: "VAULT:///a{b" },
    { name: "a dollar sign that stands alone", input: "VAULT:///a$ {" },
    { name: "a user and password", input: "VAULT:///arn:x@VAULT:///barn:aws" },
    { name: "a word that only ends like an ARN", input: "VAULT:///barn:aws:x" },
    { name: "an ARN in the key path", input: "VAULT:///a|arn:aws:x" },
    { name: "a table", input: "|VAULT:///a[version=1]|\n|VAULT:///a[version=1]| b" },
    { name: "a token behind the separator", input: "VAULT:///a[v=1]|VAULT:///b VAULT:///a[v=1]|ENV://b" },
    { name: "empty brackets, which say where the end is", input: "VAULT:///a[]|k VAULT:///b[ ]{{x}} VAULT:///c[]${x}" },
    { name: "metadata before a template", input: "VAULT:///a[v=1]{{x}}" },
  ])("$name is none", ({ input }) => {
    const { tokens, problems, warnings } = scan(Buffer.from(input), v3);
    expect(warnings).toEqual([]);
    expect(problems).toEqual([]);
    expect(tokens.every(({ reference }) => reference.cutShortHint === undefined)).toBe(true);
  });

  it("counts a word that no token begins with as a key path", () => {
    const { warnings } = scan(Buffer.from("VAULT:///a[v=1]|xVAULT://b VAULT:///a[v=1]|Z://b"), v3);
    expect(warnings.map(({ hint }) => hint)).toEqual([order, order]);
  });

  it("is told from the same spelling elsewhere that is whole", () => {
    const { tokens } = scan(Buffer.from("VAULT:///a VAULT:///a{{x}} VAULT:///a VAULT:///a{{y}} VAULT:///a|{{z}}"), v3);
    const [whole, cut, wholeAgain, cutAgain, cutToo] = tokens.map(({ reference }) => reference);
    expect(whole!.cutShortHint).toBeUndefined();
    expect(cut).toEqual({ ...whole, cutShortHint: template });
    expect(wholeAgain).toBe(whole);
    expect(cutAgain).toBe(cut);
    expect(cutToo).toBe(cut);
  });

  it.each([
    { name: "an empty path", input: "VAULT://{{ x }}", code: "CM_TOKEN_EMPTY_PATH", hint: template },
    { name: "an empty segment", input: "VAULT:///a|b.{{ x }}", code: "CM_KEY_PATH_INVALID", hint: template },
    {
      name: "an empty segment before metadata in the wrong order",
      input: "VAULT:///a|.[v=1]|k",
      code: "CM_KEY_PATH_INVALID",
      hint: order,
    },
  ])("has that hint for $name too", ({ input, code, hint }) => {
    const { problems, warnings } = scan(Buffer.from(input), v3);
    expect(problems.map(({ error }) => [error.code, error.hint])).toEqual([[code, hint]]);
    expect(warnings).toEqual([]);
  });
});
