import { describe, expect, it } from "vitest";
import { expand, type Expansion } from "./expand.ts";

const env: Readonly<Record<string, string>> = {
  V: "value",
  W: "w",
  E: "",
  _A: "under",
  A1: "a1",
  D: "${V} $V $$",
  É: "no name",
};

function expandText(text: string | Buffer, only?: readonly string[]): Expansion {
  return expand(Buffer.from(text as string), {
    lookup: (name) => env[name],
    only: only === undefined ? undefined : new Set(only),
  });
}

function outputOf(text: string, only?: readonly string[]): string {
  const { bytes, problems } = expandText(text, only);
  expect(problems).toEqual([]);
  return Buffer.from(bytes).toString();
}

// Each fault as `CODE start-end message`.
function faults(text: string, only?: readonly string[]): string[] {
  return expandText(text, only).problems.map(
    ({ start, end, error }) => `${error.code} ${start}-${end} ${error.message}`,
  );
}

describe("the forms", () => {
  it.each([
    // $V and ${V}
    { text: "a $V b ${V}c", expected: "a value b valuec" },
    { text: "$V$V${W}$W", expected: "valuevalueww" },
    { text: "$V.x $V-x $V:x $V/x", expected: "value.x value-x value:x value/x" },
    { text: "$_A ${_A} $A1", expected: "under under a1" },
    // ${V-d}, ${V:-d}
    { text: "${V-d} ${E-d} ${U-d}", expected: "value  d" },
    { text: "${V:-d} ${E:-d} ${U:-d}", expected: "value d d" },
    // ${V=d}, ${V:=d}: as with -, nothing is assigned
    { text: "${V=d} ${E=d} ${U=d}", expected: "value  d" },
    { text: "${V:=d} ${E:=d} ${U:=d} ${U:=e}", expected: "value d d e" },
    // ${V+a}, ${V:+a}
    { text: "${V+a} ${E+a} ${U+a}", expected: "a a " },
    { text: "${V:+a} ${E:+a} ${U:+a}", expected: "a  " },
    // ${V?m}, ${V:?m}
    { text: "${V?m} ${E?m} ${V:?m}", expected: "value  value" },
    // $$
    { text: "$$ $$V $${V} $$$V $$$$", expected: "$ $V ${V} $value $$" },
  ])("$text is $expected", ({ text, expected }) => {
    expect(outputOf(text)).toBe(expected);
  });

  it("tells the case of a name and takes the longest", () => {
    expect(faults("$v $VV")).toEqual([
      'CM_ENV_UNSET 0-2 variable "v" is not set',
      'CM_ENV_UNSET 3-6 variable "VV" is not set',
    ]);
  });

  it("expands nothing that came out of a variable", () => {
    expect(outputOf("$D ${D} ${U-$D}")).toBe("${V} $V $$ ${V} $V $$ ${V} $V $$");
  });

  it("asks once for each name, and takes nothing but text for a value", () => {
    const asked: string[] = [];
    const { bytes } = expand(Buffer.from("$A$B$A${A}"), {
      lookup: (name) => {
        asked.push(name);
        return name;
      },
    });
    expect(Buffer.from(bytes).toString()).toBe("ABAA");
    expect(asked).toEqual(["A", "B"]);
    const plain: Readonly<Record<string, string | undefined>> = {};
    const { problems } = expand(Buffer.from("$constructor"), { lookup: (name) => plain[name] });
    expect(problems.map(({ error }) => error.message)).toEqual(['variable "constructor" is not set']);
  });
});

describe("what is not there", () => {
  it.each([
    { name: "a variable that is not set", text: "a $U", expected: ['CM_ENV_UNSET 2-4 variable "U" is not set'] },
    {
      name: "a variable that is empty",
      text: "$E${E}",
      expected: ['CM_ENV_UNSET 0-2 variable "E" is empty', 'CM_ENV_UNSET 2-6 variable "E" is empty'],
    },
    { name: "a variable in braces", text: "${U}", expected: ['CM_ENV_UNSET 0-4 variable "U" is not set'] },
    {
      name: "a variable with a message",
      text: "${U?set it first}",
      expected: ['CM_ENV_UNSET 0-17 variable "U" is not set: set it first'],
    },
    { name: "a variable with an empty message", text: "${U?}", expected: ['CM_ENV_UNSET 0-5 variable "U" is not set'] },
    {
      name: "an empty variable with a message",
      text: "${E:?m}",
      expected: ['CM_ENV_UNSET 0-7 variable "E" is empty: m'],
    },
    {
      name: "a message with a form in it, as it is written",
      text: "${U?needs $V\u001b}",
      expected: ['CM_ENV_UNSET 0-14 variable "U" is not set: needs $V\\x1b'],
    },
    {
      name: "every one of several, with its place",
      text: "$U ${V}\n${X} $E",
      expected: [
        'CM_ENV_UNSET 0-2 variable "U" is not set',
        'CM_ENV_UNSET 8-12 variable "X" is not set',
        'CM_ENV_UNSET 13-15 variable "E" is empty',
      ],
    },
    {
      name: "a variable in a default that is used",
      text: "${U:-a $X}",
      expected: ['CM_ENV_UNSET 7-9 variable "X" is not set'],
    },
    {
      name: "a variable in an alternative that is used",
      text: "${V:+$X}",
      expected: ['CM_ENV_UNSET 5-7 variable "X" is not set'],
    },
  ])("is an error: $name", ({ text, expected }) => {
    expect(faults(text)).toEqual(expected);
  });

  it.each([
    { name: "an empty default", text: "[${U:-}${U-}${E:-}${E-}${U=}${U:=}]", expected: "[]" },
    { name: "a default that is not used", text: "${V:-$X}${V-${X}}", expected: "valuevalue" },
    { name: "an alternative that is not used", text: "[${U+$X}${E:+$X}]", expected: "[]" },
    { name: "a message that is not used", text: "${V?$X}", expected: "value" },
  ])("is none: $name", ({ text, expected }) => {
    expect(outputOf(text)).toBe(expected);
  });

  it("says what to do", () => {
    expect(expandText("$U").problems[0]?.error.hint).toBe('set it, or write a default: "${U:-default}"');
  });
});

describe("a default", () => {
  it.each([
    { name: "holds further forms", text: "${U:-a${V}b$W-${X:-${E:-c}}}d", expected: "avaluebw-cd" },
    { name: "holds $$", text: "${U:-$$V}", expected: "$V" },
    { name: "ends at the first brace that closes no form within it", text: "${U:-a}b}", expected: "ab}" },
    { name: "does not count a bare brace", text: "${U:-{a}b}", expected: "{ab}" },
    { name: "goes on over line ends", text: "${U:-a\r\nb\n}c", expected: "a\r\nb\nc" },
    { name: "holds a dollar sign that is text", text: "${U:-$(x) $1 $}c", expected: "$(x) $1 $c" },
    { name: "ends at the brace behind a dollar sign and a digit", text: "${U:-${1}}", expected: "${1}" },
    { name: "holds an expression of a template", text: "${U:-${{ a }} b}c", expected: "${{ a }} bc" },
    { name: "may be a token", text: "${U:-VAULT:///a|k[v=1]}", expected: "VAULT:///a|k[v=1]" },
    { name: "knows no quotes and no backslashes", text: "${U:-'a\\}'}", expected: "'a\\'}" },
  ])("$name", ({ text, expected }) => {
    expect(outputOf(text)).toBe(expected);
  });

  it("may be 100,000 levels deep", () => {
    const depth = 100_000;
    expect(outputOf(`${"${U:-".repeat(depth)}x${"}".repeat(depth)}`)).toBe("x");
    expect(outputOf(`${"${V:-".repeat(depth)}x${"}".repeat(depth)}`)).toBe("value");
    expect(outputOf(`${"${V:+".repeat(depth)}x${"}".repeat(depth)}`)).toBe("x");
  });
});

describe("text that only looks like a form", () => {
  it.each([
    "$",
    "a$",
    "$ V",
    "$1",
    "${1}",
    "$(c)",
    "$@",
    "$*",
    "$#",
    "$?",
    "$!",
    "$-",
    "$_",
    "${_}",
    "${_:-x}",
    "$é",
    "${é}",
    "${ V}",
    "${",
    "${}",
    "${#V}",
    "${!V}",
    "${-x}",
    "$\n",
    "$/",
    "\\$",
    "{V}",
    "}",
    "${{ V }}",
    "${{}}",
    "${{ secrets.X }} ${{ $V }}",
    "${{",
    "${{ a\n}}",
    "${{ }",
  ])("%j stays as it is", (text) => {
    const bytes = Buffer.from(text);
    expect(expand(bytes, { lookup: (name) => env[name] })).toMatchObject({ problems: [] });
    expect(expand(bytes, { lookup: (name) => env[name] }).bytes).toBe(bytes);
  });

  it.each([
    { name: "a command", text: "$(cat $V) `$W`", expected: "$(cat value) `w`" },
    { name: "a brace before no name", text: "${1$V}", expected: "${1value}" },
    { name: "two braces that are not closed on the line", text: "${{ $V\n}}", expected: "${{ value\n}}" },
    { name: "the two braces that close an expression", text: "${{ $V }}$V}}", expected: "${{ $V }}value}}" },
    {
      name: "an expression between others",
      text: "${{ a }} ${{ b ${{ $V }} $V",
      expected: "${{ a }} ${{ b ${{ $V }} value",
    },
    { name: "a dollar sign at the end", text: "$V$", expected: "value$" },
  ])("reading goes on behind $name", ({ text, expected }) => {
    expect(outputOf(text)).toBe(expected);
  });

  it("leaves bytes that are not UTF-8 as they are", () => {
    const { bytes } = expandText(Buffer.from("\ufeff\0\xff$V\xc3(${W}\r\n\x80", "latin1"));
    expect(Buffer.from(bytes).toString("latin1")).toBe("\xff\0\xffvalue\xc3(w\r\n\x80");
  });

  it("hands back the same object when there is nothing to expand", () => {
    const bytes = new Uint8Array(Buffer.from("no dollar VAULT:///a"));
    const expansion = expand(bytes, { lookup: () => "x" });
    expect(expansion.bytes).toBe(bytes);
    expect(expansion.originalRange(3, 9)).toEqual({ start: 3, end: 9 });
  });
});

describe("a form that is none", () => {
  it.each([
    {
      name: "an operator of other shells",
      text: "a ${V//a/b}",
      expected: ['CM_ENV_SYNTAX 2-5 "${V" is followed by "/", which no form has'],
    },
    {
      name: "a colon and no operator",
      text: "${V:3}",
      expected: ['CM_ENV_SYNTAX 0-3 "${V" is followed by ":", which no form has'],
    },
    {
      name: "a blank behind the name",
      text: "${V }",
      expected: ['CM_ENV_SYNTAX 0-3 "${V" is followed by " ", which no form has'],
    },
    { name: "an index", text: "${V[0]}", expected: ['CM_ENV_SYNTAX 0-3 "${V" is followed by "[", which no form has'] },
    {
      name: "a letter beyond ASCII behind the name",
      text: "${Vé}",
      expected: ['CM_ENV_SYNTAX 0-3 "${V" is followed by "é", which no form has'],
    },
    {
      name: "a control character behind the name",
      text: "${V\n}",
      expected: ['CM_ENV_SYNTAX 0-3 "${V" is followed by "\\n", which no form has'],
    },
    { name: "no brace", text: "${V", expected: ['CM_ENV_SYNTAX 0-3 "${V" is not closed'] },
    { name: "no brace behind a default", text: "x ${V:-d\ny", expected: ['CM_ENV_SYNTAX 2-7 "${V:-" is not closed'] },
    { name: "no brace behind an empty default", text: "${V-", expected: ['CM_ENV_SYNTAX 0-4 "${V-" is not closed'] },
    {
      name: "every level that is not closed",
      text: "${A:-${B:+c",
      expected: ['CM_ENV_SYNTAX 0-5 "${A:-" is not closed', 'CM_ENV_SYNTAX 5-10 "${B:+" is not closed'],
    },
    {
      name: "the outer level when the inner one is closed",
      text: "${A:-${V}",
      expected: ['CM_ENV_SYNTAX 0-5 "${A:-" is not closed'],
    },
    {
      name: "one inside a default that is not used",
      text: "${V:-${W^}}",
      expected: ['CM_ENV_SYNTAX 5-8 "${W" is followed by "^", which no form has'],
    },
    {
      name: "one inside a message that is not used",
      text: "${V?${W,,}}",
      expected: ['CM_ENV_SYNTAX 4-7 "${W" is followed by ",", which no form has'],
    },
    {
      name: "one and what is unset inside it",
      text: '{"a": "${V", "b": "$U"}',
      expected: [
        'CM_ENV_SYNTAX 7-10 "${V" is followed by """, which no form has',
        'CM_ENV_UNSET 19-21 variable "U" is not set',
      ],
    },
    {
      name: "one that is not closed and what is unset behind it",
      text: "${V:-\n$U",
      expected: ['CM_ENV_SYNTAX 0-5 "${V:-" is not closed', 'CM_ENV_UNSET 6-8 variable "U" is not set'],
    },
    {
      name: "all there are",
      text: "${V^} ${W%x} $U ${V-",
      expected: [
        'CM_ENV_SYNTAX 0-3 "${V" is followed by "^", which no form has',
        'CM_ENV_SYNTAX 6-9 "${W" is followed by "%", which no form has',
        'CM_ENV_UNSET 13-15 variable "U" is not set',
        'CM_ENV_SYNTAX 16-20 "${V-" is not closed',
      ],
    },
  ])("is an error: $name", ({ text, expected }) => {
    expect(faults(text)).toEqual(expected);
  });

  it("does not end the default that it stands in", () => {
    expect(faults("${V:-${W^} $U}")).toEqual(['CM_ENV_SYNTAX 5-8 "${W" is followed by "^", which no form has']);
  });

  it("says what to write", () => {
    expect(expandText("${V^}").problems[0]?.error.hint).toBe(
      'write one of ${V} ${V-d} ${V:-d} ${V=d} ${V:=d} ${V+a} ${V:+a} ${V?m} ${V:?m}, or "$$" for a dollar',
    );
  });
});

describe("expanding only some variables", () => {
  it.each([
    { name: "the forms of one that is listed", text: "$V ${V} ${U:-d}", only: ["V", "U"], expected: "value value d" },
    {
      name: "no form of another",
      text: "$W ${W} ${W:-d} ${X?m} ${X+a}",
      only: ["V"],
      expected: "$W ${W} ${W:-d} ${X?m} ${X+a}",
    },
    {
      name: "nothing within the default of another",
      text: "${W:-a $V ${V} $$ ${X^}} $V",
      only: ["V"],
      expected: "${W:-a $V ${V} $$ ${X^}} value",
    },
    {
      name: "no form of another within the default of one",
      text: "${U:-$W ${W:-}}",
      only: ["U"],
      expected: "$W ${W:-}",
    },
    { name: "$$ to a dollar", text: "$$V $$", only: ["V"], expected: "$V $" },
    {
      name: "what stands in something of another that is no form",
      text: "${W//$V/x} ${W[$V]} ${W^}",
      only: ["V"],
      expected: "${W//value/x} ${W[value]} ${W^}",
    },
    {
      name: "what stands behind a form of another that is not closed",
      text: "${W:-x $V",
      only: ["V"],
      expected: "${W:-x value",
    },
    {
      name: "a default that holds something of another that is no form",
      text: "${U:-${W^} x} y",
      only: ["U"],
      expected: "${W^} x y",
    },
    { name: "nothing when the list is empty", text: "$V ${W^}", only: [], expected: "$V ${W^}" },
  ])("expands $name", ({ text, only, expected }) => {
    expect(outputOf(text, only)).toBe(expected);
  });

  it("reports the faults of one that is listed, and of no other", () => {
    expect(faults("$U $X ${V^} ${W^} ${X:-${V^}} ${V:-", ["U", "V"])).toEqual([
      'CM_ENV_UNSET 0-2 variable "U" is not set',
      'CM_ENV_SYNTAX 6-9 "${V" is followed by "^", which no form has',
      'CM_ENV_SYNTAX 30-35 "${V:-" is not closed',
    ]);
  });
});

describe("where expanded text comes from", () => {
  // The original text of what a range of the expanded text stands for.
  function originOf(original: string, part: string): string {
    const { bytes, originalRange } = expandText(original);
    const start = Buffer.from(bytes).indexOf(part);
    expect(start).toBeGreaterThanOrEqual(0);
    const range = originalRange(start, start + Buffer.byteLength(part));
    return Buffer.from(original).toString("utf8", range.start, range.end);
  }

  it.each([
    { name: "text before every form", original: "abc $V", part: "abc", expected: "abc" },
    { name: "text between forms", original: "$V é abc ${W}", part: "é abc", expected: "é abc" },
    { name: "text behind every form", original: "$V ${U:-}x$$ abc", part: "abc", expected: "abc" },
    {
      name: "a variable, which has the place of its form",
      original: "a ${V:-d} b",
      part: "value",
      expected: "${V:-d}",
    },
    { name: "a part of a variable", original: "a ${V} b", part: "alu", expected: "${V}" },
    { name: "a default, which has the place of its form", original: "a ${U:-xyz} b", part: "y", expected: "${U:-xyz}" },
    {
      name: "a form within a default, which has the place of the outermost",
      original: "a ${U:-x${W}y} b",
      part: "w",
      expected: "${U:-x${W}y}",
    },
    {
      name: "a token that holds a form",
      original: "VAULT:///${W}/db|k x",
      part: "VAULT:///w/db|k",
      expected: "VAULT:///${W}/db|k",
    },
    {
      name: "a token that ends in a form",
      original: "x=VAULT:///a${W} x",
      part: "VAULT:///aw",
      expected: "VAULT:///a${W}",
    },
    {
      name: "a token that begins in a form and goes on behind it",
      original: "${U:-VAULT:///}abc d",
      part: "VAULT:///abc",
      expected: "${U:-VAULT:///}abc",
    },
    { name: "a dollar sign of two", original: "a $$ b", part: "$", expected: "$$" },
    { name: "text of something that is no form", original: "$V ${_} ${1$W}", part: "${1", expected: "${1" },
  ])("maps $name", ({ original, part, expected }) => {
    expect(originOf(original, part)).toBe(expected);
  });

  it("maps an empty range to one", () => {
    const { originalRange } = expandText("${U:-}abc$V");
    expect(originalRange(0, 0)).toEqual({ start: 6, end: 6 });
    expect(originalRange(3, 3)).toEqual({ start: 9, end: 9 });
    expect(originalRange(8, 8)).toEqual({ start: 11, end: 11 });
  });
});

describe("no input is slow", () => {
  const megabyte = 1_000_000;
  it.each(["$", "$$", "$A", "${A:-", "${A}", "${A:-}", "${", "${{", "${A^", "${A:-$", "}", "${A:-}}", "${V:-${{ }"])(
    "1 MB of %j is read before the time-out of a test, which quadratic work would outlast",
    (part) => {
      expect(() => expandText(Buffer.alloc(megabyte, part))).not.toThrow();
      expect(() => expandText(Buffer.alloc(megabyte, part), ["B"])).not.toThrow();
    },
  );

  it("reports each of 200,000 levels that nothing closes", () => {
    const { problems } = expandText(Buffer.alloc(megabyte, "${A:-"));
    expect(problems).toHaveLength(200_000);
    expect(problems.at(-1)).toMatchObject({ start: megabyte - 5, end: megabyte });
  });

  it("writes far more than it read", () => {
    const { bytes } = expand(Buffer.from("$V".repeat(1_000)), { lookup: () => "x".repeat(10_000) });
    expect(bytes.length).toBe(10_000_000);
    expect(Buffer.from(bytes).equals(Buffer.alloc(10_000_000, "x"))).toBe(true);
  });
});
