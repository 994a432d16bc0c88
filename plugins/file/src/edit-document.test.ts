import { describe, expect, it } from "vitest";
import { type EditableFormat, editDocument } from "./edit-document.ts";

interface Case {
  readonly name: string;
  readonly text: string;
  readonly keys: string;
  readonly value?: string;
  readonly expected: string;
}

function edit(text: string, format: EditableFormat, keys: string, value: string = "new"): string | undefined {
  return editDocument(text, format, { keyPath: keys.split("."), value }, false);
}

const replaced: readonly Case[] = [
  {
    name: "a plain value, its comment kept",
    text: "# top\na:   x # c\n\nb: 1\n",
    keys: "a",
    expected: "# top\na:   new # c\n\nb: 1\n",
  },
  { name: "single quotes", text: "a: 'x'", keys: "a", value: "it's", expected: "a: 'it''s'" },
  { name: "double quotes", text: 'a: "x"', keys: "a", value: 'a"b\\', expected: 'a: "a\\"b\\\\"' },
  { name: "what quotes cannot hold", text: "a: 'x'\n", keys: "a", value: "1\n2", expected: 'a: "1\\n2"\n' },
  {
    name: "a block, what stands behind its sign and the blank line below kept",
    text: "a: |- # c\n  x\n  y\n\nb: 1\n",
    keys: "a",
    expected: 'a: "new" # c\n\nb: 1\n',
  },
  { name: "a block at the end", text: "a: >\n  x", keys: "a", expected: 'a: "new"\n' },
  { name: "a value over several lines", text: "a: x\n  y\nb: 1\n", keys: "a", expected: "a: new\nb: 1\n" },
  {
    name: "a value with an anchor and a tag",
    text: "a: &x !!str y\nb: *x\n",
    keys: "a",
    expected: "a: &x !!str new\nb: *x\n",
  },
  { name: "an element", text: "a:\n- x\n- y # c\n", keys: "a.1", expected: "a:\n- x\n- new # c\n" },
  {
    name: "a value in brackets",
    text: "a: {b: [x, y], c: 1}",
    keys: "a.b.0",
    value: "p,q",
    expected: 'a: {b: ["p,q", y], c: 1}',
  },
  { name: "nothing behind a key", text: "a: # c\nb: 1\n", keys: "a", expected: "a: new # c\nb: 1\n" },
  { name: "nothing behind an anchor", text: "a: &x\nb: 1\n", keys: "a", expected: "a: &x new\nb: 1\n" },
  { name: "nothing behind a dash", text: "-\n- 1\n", keys: "0", expected: "- new\n- 1\n" },
  { name: "nothing in brackets", text: "{a: , b: 1}", keys: "a", expected: "{a: new, b: 1}" },
  { name: "an explicit null", text: "a: ~ # c", keys: "a", expected: "a: new # c" },
  { name: "a value of an explicit key", text: "? a\n: x\n", keys: "a", expected: "? a\n: new\n" },
  { name: "the value of a key that is a number", text: "1.10: x\n1: y", keys: "1%2E10", expected: "1.10: new\n1: y" },
  {
    name: "a value between Windows' line ends",
    text: "a: x\r\nb: |\r\n  y\r\n",
    keys: "b",
    expected: 'a: x\r\nb: "new"\r\n',
  },
  {
    name: "a value in a document with its markers",
    text: "%YAML 1.1\n---\na: x\n...\n",
    keys: "a",
    expected: "%YAML 1.1\n---\na: new\n...\n",
  },
];

const kinds: readonly Case[] = [
  { name: "a number stays one", text: "a: 1.10", keys: "a", value: "2.50", expected: "a: 2.50" },
  { name: "a number becomes text", text: "a: 1", keys: "a", value: "007", expected: 'a: "007"' },
  { name: "text stays text", text: "a: x", keys: "a", value: "1", expected: 'a: "1"' },
  { name: "a boolean stays one", text: "a: true", keys: "a", value: "false", expected: "a: false" },
  { name: "a boolean becomes text", text: "a: true", keys: "a", value: "no", expected: 'a: "no"' },
  { name: "null becomes text", text: "a: null", keys: "a", value: "null", expected: 'a: "null"' },
  { name: "nothing", text: "a: x", keys: "a", value: "", expected: 'a: ""' },
  { name: "what looks like a comment", text: "a: x", keys: "a", value: "p #q", expected: 'a: "p #q"' },
  { name: "what only YAML 1.1 takes for something else", text: "a: x", keys: "a", value: "on", expected: 'a: "on"' },
  { name: "several lines", text: "a: x", keys: "a", value: "-----\n1\n", expected: 'a: "-----\\n1\\n"' },
  {
    name: "what cannot be printed",
    text: "a: x",
    keys: "a",
    value: "\0\u0085\u2028",
    expected: 'a: "\\u0000\\u0085\\u2028"',
  },
];

const added: readonly Case[] = [
  {
    name: "behind the last pair of its map",
    text: "a:\n    b: 1 # c\n\n# d\ne: 2\n",
    keys: "a.n",
    expected: 'a:\n    b: 1 # c\n    "n": new\n\n# d\ne: 2\n',
  },
  {
    name: "at the end, with the maps on the way",
    text: "a:\n   b: 1\n",
    keys: "x.y",
    expected: 'a:\n   b: 1\nx:\n   "y": new\n',
  },
  { name: "where the last line has no end", text: "a: 1", keys: "b", expected: "a: 1\nb: new" },
  {
    name: "behind a block",
    text: "a:\n  b: |\n    x\n\n# c\n",
    keys: "a.c",
    expected: "a:\n  b: |\n    x\n  c: new\n\n# c\n",
  },
  {
    name: "behind a block that keeps its blank lines",
    text: "a:\n  b: |+\n    x\n\nc: 1\n",
    keys: "a.d",
    expected: "a:\n  b: |+\n    x\n\n  d: new\nc: 1\n",
  },
  {
    name: "below a key with nothing behind it",
    text: "a: # c\nb: 1\n",
    keys: "a.x",
    expected: "a: # c\n  x: new\nb: 1\n",
  },
  { name: "below an explicit null", text: "a: null # c\n", keys: "a.x", expected: "a: { x: new } # c\n" },
  { name: "below a dash with nothing behind it", text: "-\n", keys: "0.x", expected: "- { x: new }\n" },
  {
    name: "to a list",
    text: "a:\n  - 1\n  - b: 2\n    c: 3\n",
    keys: "a.2",
    expected: "a:\n  - 1\n  - b: 2\n    c: 3\n  - new\n",
  },
  { name: "to a list, as a map", text: "- a: 1\n", keys: "1.x.y", expected: '- a: 1\n- x:\n    "y": new\n' },
  { name: "to a map in a list", text: "- a: 1\n- b: 2\n", keys: "0.x", expected: "- a: 1\n  x: new\n- b: 2\n" },
  { name: "in brackets", text: "a: {b: 1}", keys: "a.x", expected: "a: {b: 1, x: new}" },
  {
    name: "in brackets, with the maps on the way",
    text: "a: {b: 1}",
    keys: "a.x.z",
    expected: "a: {b: 1, x: { z: new }}",
  },
  {
    name: "in brackets over lines, each comment kept at its line",
    text: "a: {\n  b: 1, # b\n  c: 2 # c\n}\n",
    keys: "a.x",
    expected: "a: {\n  b: 1, # b\n  c: 2, # c\n  x: new\n}\n",
  },
  {
    name: "behind a comma that is there",
    text: "a: [\n  1,\n  2, # c\n]\n",
    keys: "a.2",
    expected: "a: [\n  1,\n  2, # c\n  new,\n]\n",
  },
  { name: "in empty brackets", text: "a: {} # c", keys: "a.x", expected: "a: { x: new } # c" },
  { name: "in brackets with a comment alone", text: "a: { # c\n}", keys: "a.x", expected: "a: { x: new # c\n}" },
  {
    name: "beside what is merged",
    text: "b: &b {p: 1}\na:\n  <<: *b\nc: 1\n",
    keys: "a.p",
    expected: "b: &b {p: 1}\na:\n  <<: *b\n  p: new\nc: 1\n",
  },
  { name: "under a name that needs quotes", text: "a: 1\n", keys: "<<", expected: 'a: 1\n"<<": new\n' },
  { name: "to nothing", text: "", keys: "a.b", expected: "a:\n  b: new\n" },
  { name: "to comments alone", text: "# c\n---\n# d\n", keys: "a", expected: "# c\n---\n# d\na: new\n" },
  {
    name: "with Windows' line ends",
    text: "a:\r\n  b: 1\r\n",
    keys: "c.d",
    expected: "a:\r\n  b: 1\r\nc:\r\n  d: new\r\n",
  },
];

const json: readonly Case[] = [
  {
    name: "in the place of another, digits and duplicates elsewhere kept",
    text: '{ "a": 1.10,\r\n "a": 2, "b": "x" }\n',
    keys: "b",
    expected: '{ "a": 1.10,\r\n "a": 2, "b": "new" }\n',
  },
  { name: "in the place of a number, as one", text: '{"a":1.10}', keys: "a", value: "1E+2", expected: '{"a":1E+2}' },
  { name: "in the place of text, as text", text: '{"a":"x"}', keys: "a", value: "1", expected: '{"a":"1"}' },
  { name: "with escapes", text: '{"a":"x"}', keys: "a", value: 'a"\n\t\\', expected: '{"a":"a\\"\\n\\t\\\\"}' },
  {
    name: "behind the last member, as that is indented",
    text: '{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n',
    keys: "a.c",
    expected: '{\n\t"a": {\n\t\t"b": 1,\n\t\t"c": "new"\n\t}\n}\n',
  },
  {
    name: "with the objects on the way",
    text: '{\n    "a": 1\n}',
    keys: "b.c",
    expected: '{\n    "a": 1,\n    "b": {\n        "c": "new"\n    }\n}',
  },
  {
    name: "in an empty object",
    text: '{\n  "a": {}\n}\n',
    keys: "a.b",
    expected: '{\n  "a": {\n    "b": "new"\n  }\n}\n',
  },
  { name: "on one line", text: '{"a":1}', keys: "b.c", expected: '{"a":1,"b":{"c":"new"}}' },
  { name: "on one line with blanks", text: '{"a": [1, 2]}', keys: "a.2", expected: '{"a": [1, 2, "new"]}' },
  { name: "in the place of null, with an object", text: '{"a":null}', keys: "a.b", expected: '{"a":{"b":"new"}}' },
  { name: "under __proto__", text: "{}", keys: "__proto__", expected: '{\n  "__proto__": "new"\n}' },
];

describe("a value written into YAML", () => {
  it.each(replaced)("takes the place of $name", ({ text, keys, value, expected }) => {
    expect(
      editDocument(
        text,
        "yaml",
        { keyPath: keys.split(".").map((key) => key.replace("%2E", ".")), value: value ?? "new" },
        false,
      ),
    ).toBe(expected);
  });

  it.each(kinds)("keeps its kind: $name", ({ text, keys, value, expected }) => {
    expect(edit(text, "yaml", keys, value)).toBe(expected);
  });

  it.each(added)("is added $name", ({ text, keys, value, expected }) => {
    expect(edit(text, "yaml", keys, value)).toBe(expected);
  });

  it.each([
    { name: "through a value", text: "a: 1", keys: "a.b", message: '"a.b" leads through "a", which is no map' },
    {
      name: "through the whole document",
      text: "x",
      keys: "a",
      message: '"a" leads through the document, which is no map',
    },
    { name: "a map", text: "a: {b: 1}", keys: "a", message: '"a" is a map and no single value' },
    { name: "a list", text: "a: []", keys: "a", message: '"a" is a list and no single value' },
    { name: "through an alias", text: "a: &x {b: 1}\nc: *x", keys: "c.b", message: '"c.b" leads to the alias "*x"' },
    { name: "an alias", text: "a: &x 1\nc: *x", keys: "c", message: '"c" leads to the alias "*x"' },
    {
      name: "through what is merged",
      text: "a: &x {b: {c: 1}}\nd: {<<: *x}",
      keys: "d.b.c",
      message: '"d.b.c" leads through "d.b", which "<<" brings',
    },
    {
      name: "over a map that is merged",
      text: "a: &x {b: {c: 1}}\nd: {<<: *x}",
      keys: "d.b",
      message: '"d.b" is a map or list that "<<" brings',
    },
    { name: "beyond a list", text: "a: [1]", keys: "a.2", message: '"a.2" is no element: "a" is a list of 1' },
    { name: "a name in a list", text: "- 1", keys: "x", message: '"x" is no element: the document is a list of 1' },
    {
      name: "into several documents",
      text: "a: 1\n---\nb: 1\n",
      keys: "a",
      message: "file is not valid YAML at line 2, column 1: MULTIPLE_DOCS",
    },
    {
      name: "into what is no YAML",
      text: "a: [SECRET",
      keys: "a",
      message: "file is not valid YAML at line 1, column 11: BAD_INDENT",
    },
    {
      name: "behind the end of the document",
      text: "...\n",
      keys: "a",
      message: '"a" cannot be written without changing what is around it',
    },
    {
      name: "as text under another tag",
      text: "a: !!int 1",
      keys: "a",
      message: '"a" cannot be written without changing what is around it',
    },
    {
      name: "into an implicit map",
      text: "[a: 1]",
      keys: "0.b",
      message: '"0.b" cannot be written without changing what is around it',
    },
    {
      name: "to a key without a colon",
      text: "{a}",
      keys: "a",
      message: '"a" cannot be written without changing what is around it',
    },
    {
      name: "into too deep a nesting",
      text: "[".repeat(600) + "]".repeat(600),
      keys: "0",
      message: "document is nested more than 500 levels deep",
    },
  ])("is refused $name", ({ text, keys, message }) => {
    expect(() => edit(text, "yaml", keys)).toThrow(expect.objectContaining({ kind: "badRequest", message }));
  });
});

describe("a value written into JSON", () => {
  it.each(json)("is put $name", ({ text, keys, value, expected }) => {
    expect(edit(text, "json", keys, value)).toBe(expected);
  });

  it.each([
    { name: "through a value", text: '{"a": "x"}', keys: "a.b", message: '"a.b" leads through "a", which is no map' },
    {
      name: "to a key that is there twice",
      text: '{"a": 1, "a": 2}',
      keys: "a",
      message: '"a" is not clear: a key is there twice',
    },
    {
      name: "into JSON with comments",
      text: '{"a": 1} // SECRET',
      keys: "a",
      message: "file is not valid JSON: a syntax error",
    },
    { name: "into nothing", text: "", keys: "a", message: "file is not valid JSON: a syntax error" },
  ])("is refused $name", ({ text, keys, message }) => {
    expect(() => edit(text, "json", keys)).toThrow(expect.objectContaining({ kind: "badRequest", message }));
  });
});
