import { isMap, isScalar, parseAllDocuments } from "yaml";
import { contextsOf, type EscapeContext, own, pair, within } from "./context.ts";

const yaml = contextsOf("yaml", (text) => yamlAt(text, ["k"]));
const needsDouble = /[\0-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/;
// What a scalar without quotes that has other text can be broken by.
const breaksPlain = (value = ""): boolean =>
  needsDouble.test(value) || /^$|[\n\t#:,[\]{}?]|^[\s?&*!|>'"%@`-]|^\.\.\.|\s$/.test(value);
const breaksSingle = (value = ""): boolean => needsDouble.test(value) || /[ \t]\n|\n[ \t]/.test(value);
const edges = (value: string): boolean => /^\s|\s$/.test(value);
const block = (value: string): string => (value === "" ? "" : value.replace(/\n?$/, "\n"));
const inBlock = (value: string): boolean => needsDouble.test(value) || /^\s*$|^\s|\n\s*\n$|\n +$/.test(value);
const notFirst = (value: string): boolean => needsDouble.test(value) || /^\s*$|\n\s*\n$|\n +$/.test(value);
const printable = (value: string): boolean => needsDouble.test(value);
const folded = (value = ""): boolean => needsDouble.test(value) || /^\s|^$|\n\s|\n\n$/.test(value);
const first = (text: string): unknown => yamlAt(text, [0]);
const firstKey = (text: string): unknown => yamlAt(text, []);

const contexts: readonly EscapeContext[] = [
  yaml("k: §0\nl: 1\n", own),
  yaml("a:\n  b: 'x'\n  # it's\nk:\n  §0\nl: 1\n", own),
  yaml("- §0\n- l\n", own, undefined, first),
  yaml("- l: 1\n  k: §0 # it's\n", own, undefined, (text) => yamlAt(text, [0, "k"])),
  yaml("k: !!str §0\nl: &a x\n", own),
  yaml("§0: 1\n", own, (value) => value.length > 100, firstKey),
  yaml('"§0": 1\n', own, (value) => value.length > 100, firstKey),
  yaml("'§0': 1\n", own, (value) => needsDouble.test(value) || value.includes("\n") || value.length > 100, firstKey),
  yaml("§0", own, undefined, (text) => yamlAt(text, undefined)),
  yaml("a: 1\n---\n- k: §0\n...\n", own, undefined, (text) => yamlAt(text, [0, "k"], 1)),

  yaml("k: a §0 z # c\n", within, breaksPlain),
  yaml(
    "k: http://§0@§1/x\n",
    (one, two) => `http://${one}@${two}/x`,
    (one, two) => breaksPlain(one) || breaksPlain(two),
  ),
  yaml("k: §0:§1\nl: x\n", pair, (one, two) => breaksPlain(one) || breaksPlain(two)),
  yaml(
    "k: §0§1\n",
    (one = "", two = "") => one + two,
    (one, two) => breaksPlain(one) || breaksPlain(two),
  ),
  yaml("k: a\n  §0\n  z\nl: 1\n", within, breaksPlain),
  yaml("k: §0-z\n", (value) => `${value}-z`, breaksPlain),
  yaml("[k, a §0 z]\n", within, breaksPlain, (text) => yamlAt(text, [1])),

  yaml('k: "§0"\n', own),
  yaml('k: "a §0 z"\nl: "\\\\"\n', within),
  yaml('k: "\\"\\\\§0:§1"\n', (one, two) => `"\\${one}:${two}`),
  yaml('k: "a\n  §0\n  z"\nl: 1\n', within, (value) => value === ""),
  yaml(
    'l: ["a", {b: "§0"}]\nk: \'§1\'\n',
    own,
    (_one = "", two = "") => breaksSingle(two),
    (text) => yamlAt(text, ["l", 1, "b"]),
  ),

  yaml("k: '§0'\nl: 1\n", own, breaksSingle),
  yaml(
    "a:\n  - k: 'it''s §0'\n",
    (value) => `it's ${value}`,
    (value) => breaksSingle(value) || edges(value),
    (text) => yamlAt(text, ["a", 0, "k"]),
  ),
  yaml(
    "k: 'a\n\n  §0\n  z'\nl: 1\n",
    (value) => `a\n${value} z`,
    (value) => breaksSingle(value) || edges(value) || value === "",
  ),
  yaml(
    "k: '§0§1'\n",
    (one = "", two = "") => one + two,
    (one, two) => breaksSingle(one) || breaksSingle(two) || edges(one) || edges(two),
  ),

  yaml(
    "k: [§0, §1, x]\n",
    (one, two) => [one, two],
    undefined,
    (text) => [yamlAt(text, ["k", 0]), yamlAt(text, ["k", 1])],
  ),
  yaml('{"l":1,"k":§0}\n', own),
  yaml("l: {k: §0, # it's\n  m: n}\n", own, undefined, (text) => yamlAt(text, ["l", "k"])),
  yaml("{§0: 1}\n", own, (value) => value.length > 100, firstKey),
  yaml("k: [\n  '§0'\n  , \"]\"]\nl: |\n  [\n", own, breaksSingle, (text) => yamlAt(text, ["k", 0])),

  yaml("k: |\n  §0\n", block, inBlock),
  yaml("k: |\n  §0\nl: 1\n", block, inBlock),
  yaml("k: |-\n  §0\n\nl: 1\n", own, (value) => inBlock(value) || value.endsWith("\n")),
  yaml("k: |+\n  §0\n\nl: 1\n", (value) => `${value}\n\n`, inBlock),
  yaml("k: |2\n  §0\nl: 1\n", block, notFirst),
  yaml(
    "- k: |1- # c\n    a §0 z\n    end\n",
    (value) => ` a ${value} z\n end`,
    printable,
    (text) => yamlAt(text, [0, "k"]),
  ),
  yaml("k: |\n  a §0 z\nl: 1\n", (value) => `a ${value} z\n`, printable),
  yaml("k: |\n  a\n    §0\n  z\nl: 1\n", (value) => `a\n  ${value}\nz\n`, printable),
  yaml(
    "k: |\n\n  a\n\n  b §0\nl: 1\n",
    (value) => block(`\na\n\nb ${value}`),
    (value) => printable(value) || /\n\n$|\n +$/.test(value),
  ),
  yaml("- - |\n    §0\n  - x\n", block, inBlock, (text) => yamlAt(text, [0, 0])),
  yaml(
    "&x k: |\n  §0§1\n  end\n",
    (one = "", two = "") => `${one}${two}\nend\n`,
    (one = "", two = "") => inBlock(one) || inBlock(two),
  ),
  yaml(
    "--- |\n§0\n",
    block,
    (value) => inBlock(value) || /^(---|\.\.\.)/m.test(value),
    (text) => yamlAt(text, undefined),
  ),

  yaml("k: >\n  §0\nl: 1\n", block, folded),
  yaml("k: >-\n  §0\nl: 1\n", own, (value) => folded(value) || value.endsWith("\n")),
  yaml(
    "k: >\n  a\n  b §0\n  z\nl: 1\n",
    (value) => `a b ${value} z\n`,
    (value) => folded(`x${value}`) || value.endsWith("\n"),
  ),
  yaml(
    "k: >\n  a §0 z\nl: 1\n",
    (value) => `a ${value} z\n`,
    (value) => folded(`x${value}`) || value.endsWith("\n"),
  ),

  yaml(
    "# it's §0\nk: §1\n",
    (_one, two) => two,
    (one = "") => /[^ -~]/.test(one),
  ),
];

/** YAML 1.2, also with the line ends of Windows. */
export const yamlContexts: readonly EscapeContext[] = [
  ...contexts,
  ...contexts.map((context) => Object.assign({}, context, { text: context.text.replaceAll("\n", "\r\n") })),
];

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
