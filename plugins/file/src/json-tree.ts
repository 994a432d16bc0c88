import { badRequest, StoreError } from "configmanager/plugin";

/**
 * A document on its way to JSON: a scalar as its JSON text (so that a number keeps the digits of its source), a list, or
 * a map in the order of the source. Parts may be shared; a map takes any key, `__proto__` among them.
 */
export type JsonTree = string | readonly JsonTree[] | ReadonlyMap<string, JsonTree>;

/** Deeper documents are refused; nobody writes them by hand. */
export const maxDepth = 500;

/**
 * The JSON text of a number as it stands in its source: verbatim where JSON can spell it so, else a string with the
 * same characters (`0x1F`, `007`, `+12`, `.5`, `.inf`). Whoever selects it gets the characters of the source either way.
 */
export function numberText(source: string): string {
  return /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(source) ? source : JSON.stringify(source);
}

/**
 * Prints compact JSON. Throws `tooLarge` above `maxLength` characters, beyond which shared parts can grow, and
 * `badRequest` for what is too deep.
 */
export function printJson(tree: JsonTree, maxLength: number): string {
  const chunks: string[] = [];
  let length = 0;
  const put = (text: string): void => {
    length += text.length;
    if (length > maxLength) throw new StoreError("tooLarge", `document has more than ${maxLength} characters as JSON`);
    chunks.push(text);
  };
  const print = (node: JsonTree, depth: number): void => {
    if (typeof node === "string") return put(node);
    if (depth > maxDepth) throw tooDeep();
    const isList = Array.isArray(node);
    let separator = isList ? "[" : "{";
    for (const [key, child] of (node as ReadonlyMap<string, JsonTree>).entries()) {
      put(isList ? separator : `${separator}${JSON.stringify(key)}:`);
      print(child, depth + 1);
      separator = ",";
    }
    if (separator !== ",") put(separator);
    put(isList ? "]" : "}");
  };
  print(tree, 0);
  return chunks.join("");
}

/** The refusal of a document that is nested too deeply. */
export function tooDeep(): StoreError {
  return badRequest(`document is nested more than ${maxDepth} levels deep`);
}
