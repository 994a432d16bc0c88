import { parse } from "dot-properties";
import { contextsOf, type EscapeContext, own, within } from "./context.ts";

const properties = contextsOf("properties", (text) => parse(text)["k"]);

/** .properties files. */
export const propertiesContexts: readonly EscapeContext[] = [
  properties("a=b\nk=§0\nl=m\n", own),
  properties("k = §0", own),
  properties("k: a §0 z\r\nl: m\r\n", within),
  properties("k §0\n", own),
  properties("k=a,\\\n    §0:§1\nl=m\n", (one, two) => `a,${one}:${two}`),
  properties("k=\\\\§0§1\n", (one, two) => `\\${one}${two}`),
  properties(
    "x§0=1\n",
    (value) => [`x${value}`],
    undefined,
    (text) => Object.keys(parse(text)),
  ),
  properties(
    "# it\\\n! §0\nk=§1\n",
    (_one, two) => two,
    (one = "") => /[^ -~]/.test(one),
  ),
];
