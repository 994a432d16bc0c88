import { describe, expect, it } from "vitest";
import type { TokenReference } from "../token/token.ts";
import { exportName } from "./export-names.ts";
import { exportLines } from "./export-lines.ts";

const names: { name: string; token: Partial<TokenReference>; expected: string }[] = [
  { name: "the last segment of the path", token: { path: "/app/db/password" }, expected: "PASSWORD" },
  { name: "the whole of a path without slashes", token: { path: "token" }, expected: "TOKEN" },
  { name: "the last segment that is not empty", token: { path: "/app/db//" }, expected: "DB" },
  {
    name: "the key path after two underscores, as v3",
    token: { path: "/app/db", keyPath: ["user"] },
    expected: "DB__USER",
  },
  {
    name: "each dot of the key path as it is, which no name can have",
    token: { path: "/j", keyPath: ["a", "b.c"] },
    expected: "J__A_B_C",
  },
  {
    name: "the key path alone when the path has no segment",
    token: { path: "/", keyPath: ["user"] },
    expected: "USER",
  },
  { name: "no blank, @ or !, as v3", token: { path: "/a b@c!d" }, expected: "ABCD" },
  { name: "an underscore for a hyphen, as v3", token: { path: "/my-key" }, expected: "MY_KEY" },
  { name: "an underscore for everything else", token: { path: "/a.b:c%d" }, expected: "A_B_C_D" },
  { name: "upper case for ASCII alone", token: { path: "/ßaé" }, expected: "_A_" },
  { name: "one underscore for one character, however it is encoded", token: { path: "/a😀b" }, expected: "A_B" },
  { name: "an underscore before a digit", token: { path: "/9lives" }, expected: "_9LIVES" },
  {
    name: "nothing of the metadata",
    token: { path: "/a", metadata: new Map([["version", "3"]]), rawMetadata: "version=3" },
    expected: "A",
  },
  { name: "lower case and underscores in place", token: { path: "/_a_1" }, expected: "_A_1" },
];

const nameless: { name: string; path: string }[] = [
  { name: "slashes", path: "//" },
  { name: "blanks, @ and !", path: "/@ !" },
];

const lines: { name: string; items: Item[]; expected: string }[] = [
  { name: "a value in single quotes", items: [{ path: "/a", value: "x y" }], expected: "export A='x y'\n" },
  {
    name: "an apostrophe outside of them",
    items: [{ path: "/a", value: "'it''s'" }],
    expected: `export A=''\\''it'\\'''\\''s'\\'''\n`,
  },
  {
    name: "what a shell would expand as it is",
    items: [{ path: "/a", value: '$HOME `id` \\ "x" !' }],
    expected: `export A='$HOME \`id\` \\ "x" !'\n`,
  },
  { name: "a value of several lines", items: [{ path: "/a", value: "1\n2\n" }], expected: "export A='1\n2\n'\n" },
  { name: "an empty value", items: [{ path: "/a", value: "" }], expected: "export A=''\n" },
  {
    name: "a given name as it is",
    items: [{ path: "/a", name: "db_Pass", value: "x" }],
    expected: "export db_Pass='x'\n",
  },
  {
    name: "tokens in the order of the command line",
    items: [
      { path: "/b", value: "1" },
      { path: "/a", value: "2" },
    ],
    expected: "export B='1'\nexport A='2'\n",
  },
  {
    name: "a number that is the whole value in quotes",
    items: [{ path: "/a", value: "5" }],
    expected: "export A='5'\n",
  },
  {
    name: "null and true that are the whole value in quotes",
    items: [
      { path: "/a", value: "null" },
      { path: "/b", value: "true" },
    ],
    expected: "export A='null'\nexport B='true'\n",
  },
  { name: "an array as one value", items: [{ path: "/a", value: "[1]" }], expected: "export A='[1]'\n" },
  {
    name: "an object as one line for each key in the order of its source",
    items: [{ path: "/j", value: ' {"z":"1","10":"x","2":"y","a-b":"it\'s"}\n' }],
    expected: `export Z='1'\nexport _10='x'\nexport _2='y'\nexport A_B='it'\\''s'\n`,
  },
  {
    name: "numbers and booleans of an object bare, null as nothing",
    items: [{ path: "/j", value: '{"n":1.10,"t":true,"f":false,"e":-1E5,"x":null}' }],
    expected: "export N=1.10\nexport T=true\nexport F=false\nexport E=-1E5\nexport X=''\n",
  },
  {
    name: "nested objects and arrays as their JSON text",
    items: [{ path: "/j", value: '{"o":{"b" : 1.0},"l":[ 1]}' }],
    expected: `export O='{"b" : 1.0}'\nexport L='[ 1]'\n`,
  },
  {
    name: "an object's strings unescaped",
    items: [{ path: "/j", value: '{"s":"a\\n\\u00e9"}' }],
    expected: "export S='a\né'\n",
  },
  {
    name: "an object's keys without the token's name, as v3",
    items: [{ path: "/j", keyPath: ["o"], value: '{"k":"x"}' }],
    expected: "export K='x'\n",
  },
  {
    name: "the last of an object's duplicate keys",
    items: [{ path: "/j", value: '{"a":1,"b":2,"a":3}' }],
    expected: "export B=2\nexport A=3\n",
  },
  {
    name: "an object with a name of its own as one value",
    items: [{ path: "/j", name: "ALL", value: '{"k":1}' }],
    expected: `export ALL='{"k":1}'\n`,
  },
  {
    name: "nothing for an empty object",
    items: [
      { path: "/j", value: "{}" },
      { path: "/a", value: "x" },
    ],
    expected: "export A='x'\n",
  },
  {
    name: "what only looks like an object as one value",
    items: [{ path: "/j", value: "{not json}" }],
    expected: "export J='{not json}'\n",
  },
  {
    name: "an object with a lone surrogate as one value",
    items: [{ path: "/j", value: '{"a":"\\ud800"}' }],
    expected: `export J='{"a":"\\ud800"}'\n`,
  },
  {
    name: "an object after a byte order mark as one value, as v3",
    items: [{ path: "/j", value: '\ufeff{"a":1}' }],
    expected: `export J='\ufeff{"a":1}'\n`,
  },
  {
    name: "keys named __proto__ and constructor",
    items: [{ path: "/j", value: '{"__proto__":1,"constructor":2}' }],
    expected: "export __PROTO__=1\nexport CONSTRUCTOR=2\n",
  },
  {
    name: "equal lines once",
    items: [
      { path: "/a", value: "x" },
      { path: "/b", value: "y" },
      { path: "/z/a", value: "x" },
    ],
    expected: "export A='x'\nexport B='y'\n",
  },
  {
    name: "one value spelled in two ways once",
    items: [
      { path: "/j", value: '{"a":1}' },
      { path: "/a", value: "1" },
    ],
    expected: "export A=1\n",
  },
  { name: "nothing for no tokens", items: [], expected: "" },
];

describe("the name of a variable", () => {
  it.each(names)("is $name", ({ token, expected }) => {
    expect(exportName(reference(token))).toBe(expected);
  });

  it.each(nameless)("cannot be made of $name alone", ({ path }) => {
    expect(() => exportName(reference({ path }))).toThrow(
      expect.objectContaining({ code: "CM_USAGE", hint: expect.stringContaining("NAME=TOKEN") }),
    );
  });

  it("cannot be made of an object's empty key", () => {
    expect(() => linesOf([{ path: "/j", value: '{"":"s3cret"}' }])).toThrow(
      expect.objectContaining({ code: "CM_USAGE", message: expect.not.stringContaining("s3cret") }),
    );
  });
});

describe("exportLines", () => {
  it.each(lines)("writes $name", ({ items, expected }) => {
    expect(linesOf(items)).toBe(expected);
  });

  it("keeps bytes that are not UTF-8", () => {
    const value = Buffer.from([0x80, 0x27, 0xff]);
    expect(Buffer.from(exportLines([{ reference: reference({}), value }]))).toEqual(
      Buffer.concat([
        Buffer.from("export A='"),
        Buffer.from([0x80]),
        Buffer.from("'\\''"),
        Buffer.from([0xff]),
        Buffer.from("'\n"),
      ]),
    );
  });

  it("names both tokens of a conflict and shows no value", () => {
    const items = [
      { path: "/x/a", value: "s3cret1" },
      { path: "/y/a", value: "s3cret2" },
    ];
    expect(() => linesOf(items)).toThrow(
      expect.objectContaining({
        code: "CM_NAME_CONFLICT",
        message: '"VAULT:///x/a" and "VAULT:///y/a" give different values to the name "A"',
      }),
    );
  });

  it.each([
    { name: "two keys of one object", items: [{ path: "/j", value: '{"a-b":1,"a_b":2}' }] },
    {
      name: "a key and a token",
      items: [
        { path: "/j", value: '{"a":1}' },
        { path: "/a", value: "2" },
      ],
    },
    {
      name: "a given name and a name of its own",
      items: [
        { path: "/a", value: "1" },
        { path: "/b", name: "A", value: "2" },
      ],
    },
    {
      name: "a value and a longer one",
      items: [
        { path: "/a", value: "1" },
        { path: "/x/a", value: "12" },
      ],
    },
  ])("takes $name for a conflict", ({ items }) => {
    expect(() => linesOf(items)).toThrow(expect.objectContaining({ code: "CM_NAME_CONFLICT" }));
  });

  it.each([
    { name: "a value", value: "s3cret\0" },
    { name: "a string of an object", value: '{"a":"s3cret\\u0000"}' },
  ])("refuses a NUL in $name", ({ value }) => {
    expect(() => linesOf([{ path: "/a", value }])).toThrow(
      expect.objectContaining({
        code: "CM_VALUE_INVALID",
        message: 'the value for "A" holds a NUL, which no variable can hold',
      }),
    );
  });

  it("writes a value of 10 MB at once", () => {
    const value = Buffer.alloc(10_000_000, "it's ");
    expect(exportLines([{ reference: reference({}), value }])).toHaveLength(11 + 10_000_000 + 3 * 2_000_000 + 1);
  });
});

interface Item {
  readonly path: string;
  readonly keyPath?: string[];
  readonly name?: string;
  readonly value: string;
}

function linesOf(items: readonly Item[]): string {
  const given = items.map(({ path, keyPath, name, value }) => ({
    reference: reference({ path, keyPath }),
    name,
    value: Buffer.from(value),
  }));
  return Buffer.from(exportLines(given)).toString();
}

function reference(sketch: Partial<TokenReference>): TokenReference {
  return {
    text: `VAULT://${sketch.path ?? "/a"}`,
    prefix: "VAULT",
    path: "/a",
    keyPath: undefined,
    metadata: new Map(),
    rawMetadata: "",
    defaultText: undefined,
    transforms: [],
    ...sketch,
  };
}
