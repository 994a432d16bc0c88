import { describe, expect, it } from "vitest";
import { toJson } from "./to-json.ts";

function yaml(text: string): Promise<string> {
  return toJson(Buffer.from(text), "yaml");
}
function toml(text: string): Promise<string> {
  return toJson(Buffer.from(text), "toml");
}
function dotenv(text: string): Promise<string> {
  return toJson(Buffer.from(text), "dotenv");
}

describe("YAML as JSON", () => {
  it.each([
    {
      name: "numbers keep their digits",
      input: "a: 1.10\nb: 12345678901234567890123\nc: -0.50\nd: 1e3",
      expected: '{"a":1.10,"b":12345678901234567890123,"c":-0.50,"d":1e3}',
    },
    {
      name: "numbers that JSON cannot spell are text",
      input: "- 0x1F\n- 0o17\n- 007\n- +12\n- .5\n- 1.\n- .inf\n- -.Inf\n- .nan",
      expected: '["0x1F","0o17","007","+12",".5","1.",".inf","-.Inf",".nan"]',
    },
    {
      name: "quoted numbers and tagged text are text",
      input: 'a: "1.10"\nb: !!str 12\nc: !!int "5"',
      expected: '{"a":"1.10","b":"12","c":5}',
    },
    {
      name: "words of YAML 1.2",
      input: "[true, True, FALSE, null, ~, yes, on, '']",
      expected: '[true,true,false,null,null,"yes","on",""]',
    },
    { name: "words of YAML 1.1 by its directive", input: "%YAML 1.1\n---\n[yes, 1_000]", expected: '[true,"1_000"]' },
    { name: "a missing value is null", input: "a:\nb: 1", expected: '{"a":null,"b":1}' },
    {
      name: "timestamps and versions are text",
      input: "a: 2020-01-02\nb: 1.2.3\nc: !!timestamp 2020-01-02",
      expected: '{"a":"2020-01-02","b":"1.2.3","c":"2020-01-02"}',
    },
    { name: "the order of keys", input: "z: 1\n10: 2\na: 3\n2: 4", expected: '{"z":1,"10":2,"a":3,"2":4}' },
    {
      name: "keys are the text of their source",
      input: '1.10: a\ntrue: b\n~: c\n0x1: d\n"q": e',
      expected: '{"1.10":"a","true":"b","~":"c","0x1":"d","q":"e"}',
    },
    {
      name: "__proto__ is a key as any",
      input: "__proto__: {constructor: 1}",
      expected: '{"__proto__":{"constructor":1}}',
    },
    {
      name: "block text",
      input: "a: |\n  one\n  two\nb: >-\n  one\n  two",
      expected: '{"a":"one\\ntwo\\n","b":"one two"}',
    },
    {
      name: "aliases are resolved, to the newest anchor",
      input: "a: &x 1\nb: *x\nc: &x 2\nd: *x",
      expected: '{"a":1,"b":1,"c":2,"d":2}',
    },
    {
      name: "<< merges, own keys first",
      input: "base: &b {x: 1.10, y: 2}\nn:\n  <<: *b\n  y: 3\n  z: 4",
      expected: '{"base":{"x":1.10,"y":2},"n":{"x":1.10,"y":3,"z":4}}',
    },
    {
      name: "<< of several, the first wins",
      input: "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nn: {<<: [*a, *b], z: 3}",
      expected: '{"a":{"x":1},"b":{"x":2,"y":2},"n":{"x":1,"y":2,"z":3}}',
    },
    { name: "a quoted << is a key", input: '"<<": 1', expected: '{"<<":1}' },
    {
      name: "tags of other programs are ignored",
      input: "a: !Ref Name\nb: !Sub [1, 2]",
      expected: '{"a":"Name","b":[1,2]}',
    },
    { name: "binary stays base64", input: "a: !!binary |\n  aGVs\n  bG8=", expected: '{"a":"aGVsbG8="}' },
    {
      name: "sets and ordered maps",
      input: "a: !!set {x, y}\nb: !!omap [{x: 1}, {y: 2}]",
      expected: '{"a":{"x":null,"y":null},"b":[{"x":1},{"y":2}]}',
    },
    { name: "a scalar", input: "1.10", expected: "1.10" },
    { name: "nothing", input: "# only a comment", expected: "null" },
    { name: "a byte order mark", input: "\ufeffa: 1", expected: '{"a":1}' },
    { name: "CRLF", input: "a: 1\r\nb: x\r\n", expected: '{"a":1,"b":"x"}' },
    { name: "beyond ASCII", input: "größe: \u{1f511}", expected: '{"größe":"\u{1f511}"}' },
  ])("$name", async ({ input, expected }) => {
    expect(await yaml(input)).toBe(expected);
  });

  it.each([
    { name: "a mistake", input: "a: [1\nb: SECRET", message: "file is not valid YAML at line 2, column 1: BAD_INDENT" },
    {
      name: "several documents",
      input: "a: 1\n---\nb: 2",
      message: "file is not valid YAML at line 2, column 1: MULTIPLE_DOCS",
    },
    { name: "a key twice", input: "a: 1\na: 2", message: "file is not valid YAML at line 2, column 1: a key twice" },
    {
      name: "two keys of one text",
      input: '1: a\n"1": b',
      message: "file is not valid YAML at line 2, column 1: a key twice",
    },
    {
      name: "a list as a key",
      input: "? [a]\n: 1",
      message: "file is not valid YAML at line 1, column 3: a key that is a list or a map",
    },
    {
      name: "an alias without an anchor",
      input: "a: *x",
      message: "file is not valid YAML at line 1, column 4: an alias without an anchor",
    },
    {
      name: "an alias inside of its anchor",
      input: "- &a [*a]",
      message: "file is not valid YAML at line 1, column 7: an alias inside of what it stands for",
    },
    {
      name: "<< of a list of numbers",
      input: "a: {<<: [1]}",
      message: "file is not valid YAML at line 1, column 5: << refers to what is no map",
    },
    {
      name: "too deep a nesting",
      input: "[".repeat(600) + "]".repeat(600),
      message: "document is nested more than 500 levels deep",
    },
  ])("refuses $name", async ({ input, message }) => {
    await expect(yaml(input)).rejects.toMatchObject({ kind: "badRequest", message });
  });

  it.each(["[", "{a: ", "- "])("refuses a nesting of %j that ends the parser's stack", async (opening) => {
    await expect(yaml(opening.repeat(50_000))).rejects.toMatchObject({ kind: "badRequest" });
  });

  it("refuses an alias bomb in bounded time and memory", async () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 30; level++) lines.push(`a${level}: &a${level} [${`*a${level - 1}, `.repeat(9)}x]`);
    await expect(yaml(lines.join("\n"))).rejects.toMatchObject({ kind: "tooLarge" });
  });
});

describe("TOML as JSON", () => {
  it.each([
    {
      name: "numbers keep their digits",
      input: "a = 1.10\nb = 9223372036854775807\nc = 1_000\nd = -0.50\ne = 1e3",
      expected: '{"a":1.10,"b":9223372036854775807,"c":1000,"d":-0.50,"e":1e3}',
    },
    {
      name: "numbers that JSON cannot spell are text",
      input: "a = 0x1F\nb = 0o17\nc = 0b11\nd = +12\ne = inf\nf = -nan",
      expected: '{"a":"0x1F","b":"0o17","c":"0b11","d":"+12","e":"inf","f":"-nan"}',
    },
    {
      name: "dates and times are text as written",
      input: "a = 1979-05-27T07:32:00Z\nb = 1979-05-27 07:32:00.50\nc = 1979-05-27\nd = 07:32:00",
      expected: '{"a":"1979-05-27T07:32:00Z","b":"1979-05-27 07:32:00.50","c":"1979-05-27","d":"07:32:00"}',
    },
    {
      name: "tables, dotted keys and lists of tables, in order",
      input:
        'z.y.x = 1\n[b.c]\nk = [1, {m = 2.50, n.o = true}]\n[[l]]\nn = 1\n[[l]]\nn = 2\n[l.deep]\nz = "s"\n[b]\nq = 1',
      expected:
        '{"z":{"y":{"x":1}},"b":{"c":{"k":[1,{"m":2.50,"n":{"o":true}}]},"q":1},"l":[{"n":1},{"n":2,"deep":{"z":"s"}}]}',
    },
    {
      name: "quoted keys and __proto__",
      input: '"a.b" = 1\n__proto__ = 2\n"" = 3',
      expected: '{"a.b":1,"__proto__":2,"":3}',
    },
    {
      name: "text of every kind",
      input: 'a = """\none\\\n   two"""\nb = \'c:\\x\'\nc = "\\u00e9"',
      expected: '{"a":"onetwo","b":"c:\\\\x","c":"é"}',
    },
    { name: "nothing", input: "# only a comment", expected: "{}" },
    { name: "an empty table", input: "[a]", expected: '{"a":{}}' },
    { name: "a byte order mark", input: "\ufeffa = 1", expected: '{"a":1}' },
  ])("$name", async ({ input, expected }) => {
    expect(await toml(input)).toBe(expected);
  });

  it.each([
    {
      name: "a mistake",
      input: "a = 1\nb = SECRET x",
      message: "file is not valid TOML at line 2, column 5: a syntax error",
    },
    {
      name: "a key twice",
      input: "a = 1\na = 2",
      message: "file is not valid TOML at line 2, column 1: a syntax error",
    },
    {
      name: "too deep a nesting",
      input: `a = ${"[".repeat(600)}${"]".repeat(600)}`,
      message: "document is nested more than 500 levels deep",
    },
  ])("refuses $name", async ({ input, message }) => {
    await expect(toml(input)).rejects.toMatchObject({ kind: "badRequest", message });
  });
});

describe("dotenv as JSON", () => {
  it.each([
    {
      name: "pairs, all text",
      input: "A=1.10\nexport B = two # comment\n\n# comment\nC=",
      expected: '{"A":"1.10","B":"two","C":""}',
    },
    {
      name: "quotes",
      input: 'A=\'x # $B\'\nB="one\\ntwo"\nC=`x`\nD="one\ntwo"',
      expected: '{"A":"x # $B","B":"one\\ntwo","C":"x","D":"one\\ntwo"}',
    },
    { name: "the last of two wins", input: "A=1\nA=2", expected: '{"A":"2"}' },
    { name: "nothing is expanded", input: "A=1\nB=${A}$A", expected: '{"A":"1","B":"${A}$A"}' },
    { name: "a line that is no pair means nothing", input: "what is this\nA=1", expected: '{"A":"1"}' },
    { name: "CRLF and a byte order mark", input: "\ufeffA=1\r\nB=2\r\n", expected: '{"A":"1","B":"2"}' },
    { name: "nothing", input: "", expected: "{}" },
  ])("$name", async ({ input, expected }) => {
    expect(await dotenv(input)).toBe(expected);
  });
});

describe("bytes that are no text", () => {
  it.each(["yaml", "toml", "dotenv"] as const)("are refused as %s", async (format) => {
    await expect(toJson(Buffer.from([0x61, 0xff]), format)).rejects.toMatchObject({
      kind: "badRequest",
      message: "file is not valid UTF-8 text",
    });
  });
});
