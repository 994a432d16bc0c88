/** Texts with places for values in every format that is escaped, and how the format's own parser reads the values back. */
import { parse as parseDotenv } from "dotenv";
import { parse as parseProperties } from "dot-properties";
import { type SaxesTagPlain, SaxesParser } from "saxes";
import { getStaticTOMLValue, parseTOML } from "toml-eslint-parser";
import { isMap, isScalar, parseAllDocuments } from "yaml";
import type { EscapeFormat } from "../../internal/write/escape/formats.ts";

/** One text. `§0` and `§1` are the places of values. */
export interface EscapeContext {
  readonly format: EscapeFormat;
  readonly text: string;
  /** What a parser makes of the written text, as far as the values are part of it. */
  readonly read: (written: string) => unknown;
  /** What it has to be for these values. */
  readonly expected: (...values: readonly string[]) => unknown;
  /** Values that this place may refuse; none unless set. */
  readonly refuses?: (...values: readonly string[]) => boolean;
}

const own = (value: string): string => value;
const within = (value: string): string => `a ${value} z`;
const pair = (first: string, second = ""): string => `${first}:${second}`;

function jsonContexts(): EscapeContext[] {
  const k = (text: string): unknown => (JSON.parse(text) as { k: unknown }).k;
  const json = (
    text: string,
    expected: EscapeContext["expected"],
    read: EscapeContext["read"] = k,
    refuses?: EscapeContext["refuses"],
  ): EscapeContext => ({ format: "json", text, expected, read, ...(refuses === undefined ? {} : { refuses }) });
  const typed = (value: string): unknown => {
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  };
  const withoutComments = (text: string): unknown => k(text.replace(/^\{ (?:\/\/.*|\/\*[^]*?\*\/)/, "{"));
  return [
    json('{"k": "§0"}', own),
    json('{"k": "a §0 z", "l": "\\\\"}', within),
    json('{"a\\"": [1, "]"], "k": "§0:§1"}', pair),
    json('{"k": "\\\\§0"}', (value) => `\\${value}`),
    json('{"§0": 1}', (value) => [value], (text) => Object.keys(JSON.parse(text) as object)),
    json('{"k": §0}', typed as EscapeContext["expected"]),
    json('{"k": [§0, §1]}', (first = "", second = "") => [typed(first), typed(second)]),
    json("§0", typed as EscapeContext["expected"], JSON.parse),
    json('{ // it\'s §0\n"k": "§1"}', (_first, second) => second, withoutComments, (first = "") => /[^ -~]/.test(first)),
    json('{ /* §0 */ "k": "§1"}', (_first, second) => second, withoutComments, (first = "") => first.includes("*/")),
  ];
}

const needsDouble = /[\0-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/;

function yamlContexts(): EscapeContext[] {
  const k = (text: string): unknown => yamlAt(text, ["k"]);
  const yaml = (
    text: string,
    expected: EscapeContext["expected"],
    refuses?: (...values: string[]) => boolean,
    read: EscapeContext["read"] = k,
  ): EscapeContext[] =>
    [text, text.replaceAll("\n", "\r\n")].map((each) => ({
      format: "yaml",
      text: each,
      expected,
      read,
      ...(refuses === undefined ? {} : { refuses }),
    }));
  // What a scalar without quotes that has other text can be broken by.
  const breaksPlain = (value = ""): boolean =>
    needsDouble.test(value) || /^$|[\n#:,[\]{}]|^[\s?&*!|>'"%@`-]|^\.\.\.|\s$/.test(value);
  const breaksSingle = (value = ""): boolean => needsDouble.test(value) || /[ \t]\n|\n[ \t]/.test(value);
  const edges = (value: string): boolean => /^\s|\s$/.test(value);
  const block = (value: string): string => value.replace(/\n?$/, "\n");
  const inBlock = (value: string): boolean => needsDouble.test(value) || /^\s*$|^\s|\n\s*\n$|\n +$/.test(value);
  const notFirst = (value: string): boolean => needsDouble.test(value) || /^\s*$|\n\s*\n$|\n +$/.test(value);
  const printable = (value: string): boolean => needsDouble.test(value);
  const folded = (value = ""): boolean => needsDouble.test(value) || /^\s|^$|\n\s|\n\n$/.test(value);
  const first = (text: string): unknown => yamlAt(text, [0]);
  const firstKey = (text: string): unknown => yamlAt(text, []);
  return [
    ...yaml("k: §0\nl: 1\n", own),
    ...yaml("a:\n  b: 'x'\n  # it's\nk:\n  §0\nl: 1\n", own),
    ...yaml("- §0\n- l\n", own, undefined, first),
    ...yaml("- l: 1\n  k: §0 # it's\n", own, undefined, (text) => yamlAt(text, [0, "k"])),
    ...yaml("k: !!str §0\nl: &a x\n", own),
    ...yaml("§0: 1\n", own, (value) => value.length > 100, firstKey),
    ...yaml('"§0": 1\n', own, (value) => value.length > 100, firstKey),
    ...yaml("'§0': 1\n", own, (value) => needsDouble.test(value) || value.includes("\n") || value.length > 100, firstKey),
    ...yaml("§0", own, undefined, (text) => yamlAt(text, undefined)),
    ...yaml("a: 1\n---\n- k: §0\n...\n", own, undefined, (text) => yamlAt(text, [0, "k"], 1)),

    ...yaml("k: a §0 z # c\n", within, breaksPlain),
    ...yaml("k: http://§0@§1/x\n", (one, two) => `http://${one}@${two}/x`, (one, two) => breaksPlain(one) || breaksPlain(two)),
    ...yaml("k: §0:§1\nl: x\n", pair, (one, two) => breaksPlain(one) || breaksPlain(two)),
    ...yaml("k: §0§1\n", (one = "", two = "") => one + two, (one, two) => breaksPlain(one) || breaksPlain(two)),
    ...yaml("k: a\n  §0\n  z\nl: 1\n", within, breaksPlain),
    ...yaml("k: §0-z\n", (value) => `${value}-z`, breaksPlain),
    ...yaml("[k, a §0 z]\n", within, breaksPlain, (text) => yamlAt(text, [1])),

    ...yaml('k: "§0"\n', own),
    ...yaml('k: "a §0 z"\nl: "\\\\"\n', within),
    ...yaml('k: "\\"\\\\§0:§1"\n', (one, two) => `"\\${one}:${two}`),
    ...yaml('k: "a\n  §0\n  z"\nl: 1\n', within, (value) => value === ""),
    ...yaml("l: [\"a\", {b: \"§0\"}]\nk: '§1'\n", own, (_one = "", two = "") => breaksSingle(two), (text) => yamlAt(text, ["l", 1, "b"])),

    ...yaml("k: '§0'\nl: 1\n", own, breaksSingle),
    ...yaml("a:\n  - k: 'it''s §0'\n", (value) => `it's ${value}`, (value) => breaksSingle(value) || edges(value), (text) => yamlAt(text, ["a", 0, "k"])),
    ...yaml("k: 'a\n\n  §0\n  z'\nl: 1\n", (value) => `a\n${value} z`, (value) => breaksSingle(value) || edges(value) || value === ""),
    ...yaml("k: '§0§1'\n", (one = "", two = "") => one + two, (one, two) => breaksSingle(one) || breaksSingle(two) || edges(one) || edges(two)),

    ...yaml("k: [§0, §1, x]\n", (one, two) => [one, two], undefined, (text) => [yamlAt(text, ["k", 0]), yamlAt(text, ["k", 1])]),
    ...yaml('{"l":1,"k":§0}\n', own),
    ...yaml("l: {k: §0, # it's\n  m: n}\n", own, undefined, (text) => yamlAt(text, ["l", "k"])),
    ...yaml("{§0: 1}\n", own, (value) => value.length > 100, firstKey),
    ...yaml("k: [\n  '§0'\n  , \"]\"]\nl: |\n  [\n", own, breaksSingle, (text) => yamlAt(text, ["k", 0])),

    ...yaml("k: |\n  §0\n", block, inBlock),
    ...yaml("k: |\n  §0\nl: 1\n", block, inBlock),
    ...yaml("k: |-\n  §0\n\nl: 1\n", own, (value) => inBlock(value) || value.endsWith("\n")),
    ...yaml("k: |+\n  §0\n\nl: 1\n", (value) => `${value}\n\n`, inBlock),
    ...yaml("k: |2\n  §0\nl: 1\n", block, notFirst),
    ...yaml("- k: |1- # c\n    a §0 z\n    end\n", (value) => ` a ${value} z\n end`, printable, (text) => yamlAt(text, [0, "k"])),
    ...yaml("k: |\n  a §0 z\nl: 1\n", (value) => `a ${value} z\n`, printable),
    ...yaml("k: |\n  a\n    §0\n  z\nl: 1\n", (value) => `a\n  ${value}\nz\n`, printable),
    ...yaml("k: |\n\n  a\n\n  b §0\nl: 1\n", (value) => block(`\na\n\nb ${value}`), (value) => printable(value) || /\n\n$|\n +$/.test(value)),
    ...yaml("- - |\n    §0\n  - x\n", block, inBlock, (text) => yamlAt(text, [0, 0])),
    ...yaml("&x k: |\n  §0§1\n  end\n", (one = "", two = "") => `${one}${two}\nend\n`, (one = "", two = "") => inBlock(one) || inBlock(two)),
    ...yaml("--- |\n§0\n", block, (value) => inBlock(value) || /^(---|\.\.\.)/m.test(value), (text) => yamlAt(text, undefined)),

    ...yaml("k: >\n  §0\nl: 1\n", block, folded),
    ...yaml("k: >-\n  §0\nl: 1\n", own, (value) => folded(value) || value.endsWith("\n")),
    ...yaml("k: >\n  a\n  b §0\n  z\nl: 1\n", (value) => `a b ${value} z\n`, (value) => folded(`x${value}`) || value.endsWith("\n")),
    ...yaml("k: >\n  a §0 z\nl: 1\n", (value) => `a ${value} z\n`, (value) => folded(`x${value}`) || value.endsWith("\n")),

    ...yaml("# it's §0\nk: §1\n", (_one, two) => two, (one = "") => /[^ -~]/.test(one)),
  ];
}

// A scalar: what is written without quotes as its text, everything else as its value.
function yamlAt(text: string, path: readonly (string | number)[] | undefined, document = 0): unknown {
  const documents = parseAllDocuments(text, { uniqueKeys: false, logLevel: "silent" });
  if (!Array.isArray(documents)) throw new Error("no document");
  for (const { errors } of documents) if (errors[0] !== undefined) throw errors[0];
  const { contents } = documents[document]!;
  let node: unknown = contents;
  // An empty path: the first key.
  if (path?.length === 0) node = isMap(contents) ? contents.items[0]!.key : undefined;
  else if (path !== undefined) node = documents[document]!.getIn(path, true);
  if (!isScalar(node)) return undefined;
  return node.type === "PLAIN" ? node.source : node.value;
}

function tomlContexts(): EscapeContext[] {
  const k = (text: string): unknown => tomlOf(text)["k"];
  const toml = (
    text: string,
    expected: EscapeContext["expected"],
    refuses?: EscapeContext["refuses"],
    read: EscapeContext["read"] = k,
  ): EscapeContext => ({ format: "toml", text, expected, read, ...(refuses === undefined ? {} : { refuses }) });
  const control = (value = ""): boolean => /[\0-\u0008\u000b-\u001f\u007f]/.test(value);
  const literal = (value = ""): boolean => control(value) || /[\n']/.test(value);
  const typed = (value = ""): unknown => {
    try {
      if (/^[\s'"[{#]|[\s#]$|[\n#]/.test(value)) return value;
      const read = tomlOf(`k = ${value}`)["k"];
      // The parser takes integers that TOML does not have.
      return typeof read === "number" && /^[+-]?[0-9_]{19,}$/.test(value) ? value : read;
    } catch {
      return value;
    }
  };
  const keys = (text: string): unknown => Object.keys(tomlOf(text));
  return [
    toml('k = "§0"\nl = 1\n', own),
    toml('[a]\nb = ["]", "a §0 z"]\n', within, undefined, (text) => (tomlOf(text)["a"] as { b: string[] }).b[1]),
    toml('k = "\\"\\\\§0:§1" # it\'s\n', (one, two) => `"\\${one}:${two}`),
    toml("l = 'it\"s'\nk = '§0'\n", own, literal),
    toml('k = """§0"""\n', own),
    toml('k = """\n§0"""\n', own),
    toml('k = """a\n§0\nz\\\n  §1"""\n', (one, two) => `a\n${one}\nz${two}`),
    toml("k = '''§0'''\n", own, (value = "") => control(value) || value.includes("'''")),
    toml("k = '''\n§0'''\nl = 1\n", own, (value = "") => control(value) || value.includes("'''")),
    toml("k = '''a§0'§1z'''\n", (one, two) => `a${one}'${two}z`, (one = "", two = "") => control(one + two) || `${one}${two}`.includes("'")),
    toml("k = §0\n", typed as EscapeContext["expected"]),
    toml("k = [§0, # it's\n §1]\n", (one, two) => [typed(one), typed(two)]),
    toml("k = { a = §0, b = [{ c = §1 }] }\n", (one, two) => ({ a: typed(one), b: [{ c: typed(two) }] })),
    toml("§0 = 1\n", (value) => [value], undefined, keys),
    toml("[§0]\na = { b = 1 }\n", (value) => [value], undefined, keys),
    toml("k.§0.a = 1\n", (value) => [value], undefined, (text) => Object.keys(tomlOf(text)["k"] as object)),
    toml('# it\'s §0 "\nk = §1\n', (_one, two) => typed(two), (one = "") => /[^ -~]/.test(one)),
  ];
}

function tomlOf(text: string): Record<string, unknown> {
  return getStaticTOMLValue(parseTOML(text, { tomlVersion: "1.0" })) as Record<string, unknown>;
}

function xmlContexts(): EscapeContext[] {
  const impossible = (...values: readonly string[]): boolean =>
    values.some((value) => /[\0-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(value));
  const xml = (
    text: string,
    expected: EscapeContext["expected"],
    refuses: EscapeContext["refuses"] = impossible,
  ): EscapeContext => ({ format: "xml", text, expected, read: readXml, refuses });
  const comment = (value = ""): boolean => impossible(value) || value.includes("-");
  return [
    xml("<r>§0</r>", own),
    xml("<?xml version='1.0'?>\n<r>a §0 z</r>", within),
    xml("<r>]§0&gt;]§1</r>", (one, two) => `]${one}>]${two}`),
    xml("<r>§0§1</r>", (one = "", two = "") => one + two),
    xml('<r a="§0"/>', own),
    xml("<r b='>' a='x §0:§1'/>", (one, two) => `x ${one}:${two}`),
    xml("<r><![CDATA[§0]]></r>", own),
    xml("<r><![CDATA[<a>]]§0]>§1]]></r>", (one, two) => `<a>]]${one}]>${two}`),
    xml("<r><!-- it's §0 --><a>§1</a></r>", (_one, two) => two, (one = "", two = "") => comment(one) || impossible(two)),
  ];
}

// All text of a document, or the attribute `a` of its root.
function readXml(text: string): string {
  const parser = new SaxesParser();
  let read = "";
  let depth = 0;
  parser.on("closetag", () => depth--);
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("text", (part) => (read += depth > 0 ? part : ""));
  parser.on("cdata", (part) => (read += part));
  parser.on("opentag", ({ attributes }: SaxesTagPlain) => {
    depth++;
    read += attributes["a"] ?? "";
  });
  parser.write(text).close();
  return read;
}

function propertiesContexts(): EscapeContext[] {
  const k = (text: string): unknown => parseProperties(text)["k"];
  const properties = (
    text: string,
    expected: EscapeContext["expected"],
    read: EscapeContext["read"] = k,
    refuses?: EscapeContext["refuses"],
  ): EscapeContext => ({ format: "properties", text, expected, read, ...(refuses === undefined ? {} : { refuses }) });
  return [
    properties("a=b\nk=§0\nl=m\n", own),
    properties("k = §0", own),
    properties("k: a §0 z\r\nl: m\r\n", within),
    properties("k §0\n", own),
    properties("k=a,\\\n    §0:§1\nl=m\n", (one, two) => `a,${one}:${two}`),
    properties("k=\\\\§0§1\n", (one, two) => `\\${one}${two}`),
    properties("x§0=1\n", (value) => [`x${value}`], (text) => Object.keys(parseProperties(`${text}`))),
    properties("# it\\\n! §0\nk=§1\n", (_one, two) => two, k, (one = "") => /[^ -~]/.test(one)),
  ];
}

function dotenvContexts(): EscapeContext[] {
  const k = (text: string): unknown => parseDotenv(text)["K"];
  const dotenv = (
    text: string,
    expected: EscapeContext["expected"],
    refuses?: EscapeContext["refuses"],
  ): EscapeContext => ({ format: "dotenv", text, expected, read: k, ...(refuses === undefined ? {} : { refuses }) });
  // Refused only what no way of writing it brings back, and separators that end a line for a regular expression.
  const unless = (candidates: (value: string) => string[]) => (value = "") =>
    /[\0\u2028\u2029]/.test(value) || !candidates(value).some((written) => k(`K=${written}\n`) === value && !/\\$/.test(value));
  const lineEnds = (value: string): string => value.replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  const anyQuotes = unless((value) => [value, `'${value}'`, `"${lineEnds(value)}"`, `\`${value}\``]);
  const plain = (value = ""): boolean => /[\0#\n\r\u2028\u2029]|^[\s'"`]|\s$/.test(value);
  const quoted = (value = ""): boolean => /[\0\r'"`\\]/.test(value);
  return [
    dotenv("A=b\nK=§0\nB=c\n", own, anyQuotes),
    dotenv("# it's\nexport K = §0 # \"c\nB='c'\n", own, anyQuotes),
    dotenv("K: §0\r\nB=c\r\n", own, anyQuotes),
    dotenv("A='\nb=1'\nK=a §0 z\n", within, (value) => plain(`x${value}x`)),
    dotenv("K=§0:§1\n", pair, (one, two) => plain(one) || plain(two)),
    dotenv('K="§0"\nA="b"\n', own, unless((value) => [`"${lineEnds(value)}"`])),
    dotenv("K='§0'\nA='b'\n", own, unless((value) => [`'${value}'`])),
    dotenv("K=`§0` # `c`\nA=`b`\n", own, unless((value) => [`\`${value}\``])),
    dotenv('K="a §0 z"\n', within, (value = "") => quoted(value)),
    dotenv("K='§0:§1'\n", pair, (one, two) => quoted(one) || quoted(two)),
    dotenv("# it's §0\nK=§1\n", (_one, two) => two, (one = "", two = "") => /[^ -~]/.test(one) || anyQuotes(two)),
  ];
}

/** Every context but those of shells, which are read many at once. */
export const contexts: readonly EscapeContext[] = [
  ...jsonContexts(),
  ...yamlContexts(),
  ...tomlContexts(),
  ...xmlContexts(),
  ...propertiesContexts(),
  ...dotenvContexts(),
];
