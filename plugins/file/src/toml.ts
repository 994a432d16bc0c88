import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import { type JsonTree, numberText } from "./json-tree.ts";
import { parseError } from "./parse-error.ts";

type MutableTree = string | MutableTree[] | Map<string, MutableTree>;

/**
 * A TOML document, for JSON. Numbers keep the digits of their source but for the underscores; dates and times are text
 * as written. Throws `badRequest` for what is no TOML.
 */
export function parseToml(text: string): JsonTree {
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(text);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw parseError("TOML", "a syntax error", error.lineNumber, error.column + 1);
  }
  const root = new Map<string, MutableTree>();
  for (const node of program.body[0].body) {
    if (node.type === "TOMLKeyValue") {
      assign(root, node);
      continue;
    }
    const table = tableAt(root, node.resolvedKey);
    for (const entry of node.body) assign(table, entry);
  }
  return root;
}

/** The table under a path of keys and list indices, made where it is not there. The parser has refused what conflicts. */
function tableAt(root: Map<string, MutableTree>, path: readonly (string | number)[]): Map<string, MutableTree> {
  let here: MutableTree = root;
  for (const [index, step] of path.entries()) {
    const make = (): MutableTree => (typeof path[index + 1] === "number" ? [] : new Map());
    if (typeof step === "number") here = (here as MutableTree[])[step] ??= make();
    else here = childOf(here as Map<string, MutableTree>, step, make);
  }
  return here as Map<string, MutableTree>;
}

function childOf(table: Map<string, MutableTree>, key: string, make: () => MutableTree): MutableTree {
  const existing = table.get(key);
  if (existing !== undefined) return existing;
  const made = make();
  table.set(key, made);
  return made;
}

function assign(table: Map<string, MutableTree>, entry: AST.TOMLKeyValue): void {
  const keys = entry.key.keys.map((key) => (key.type === "TOMLBare" ? key.name : key.value));
  const last = keys.pop()!;
  let here = table;
  for (const key of keys) here = childOf(here, key, () => new Map()) as Map<string, MutableTree>;
  here.set(last, toTree(entry.value));
}

function toTree(node: AST.TOMLContentNode): MutableTree {
  if (node.type === "TOMLArray") return node.elements.map(toTree);
  if (node.type === "TOMLInlineTable") {
    const table = new Map<string, MutableTree>();
    for (const entry of node.body) assign(table, entry);
    return table;
  }
  switch (node.kind) {
    case "string":
      return JSON.stringify(node.value);
    case "boolean":
      return String(node.value);
    case "integer":
    case "float":
      return numberText(node.number);
    default:
      return JSON.stringify(node.datetime);
  }
}
