import { getStaticTOMLValue, parseTOML } from "toml-eslint-parser";
import { contextsOf, type EscapeContext, own, within } from "./context.ts";

const toml = contextsOf("toml", (text) => tomlOf(text)["k"]);
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

/** TOML 1.0. */
export const tomlContexts: readonly EscapeContext[] = [
  toml('k = "§0"\nl = 1\n', own),
  toml('[a]\nb = ["]", "a §0 z"]\n', within, undefined, (text) => (tomlOf(text)["a"] as { b: string[] }).b[1]),
  toml('k = "\\"\\\\§0:§1" # it\'s\n', (one, two) => `"\\${one}:${two}`),
  toml("l = 'it\"s'\nk = '§0'\n", own, literal),
  toml('k = """§0"""\n', own),
  toml('k = """\n§0"""\n', own),
  toml('k = """a\n§0\nz\\\n  §1"""\n', (one, two) => `a\n${one}\nz${two}`),
  toml("k = '''§0'''\n", own, (value = "") => control(value) || value.includes("'''")),
  toml("k = '''\n§0'''\nl = 1\n", own, (value = "") => control(value) || value.includes("'''")),
  toml(
    "k = '''a§0'§1z'''\n",
    (one, two) => `a${one}'${two}z`,
    (one = "", two = "") => control(one + two) || `${one}${two}`.includes("'"),
  ),
  toml("k = §0\n", typed),
  toml("k = [§0, # it's\n §1]\n", (one, two) => [typed(one), typed(two)]),
  toml("k = { a = §0, b = [{ c = §1 }] }\n", (one, two) => ({ a: typed(one), b: [{ c: typed(two) }] })),
  toml("§0 = 1\n", (value) => [value], undefined, keys),
  toml("[§0]\na = { b = 1 }\n", (value) => [value], undefined, keys),
  toml(
    "k.§0.a = 1\n",
    (value) => [value],
    undefined,
    (text) => Object.keys(tomlOf(text)["k"] as object),
  ),
  toml(
    "# it's §0 \"\nk = §1\n",
    (_one, two) => typed(two),
    (one = "") => /[^ -~]/.test(one),
  ),
];

function tomlOf(text: string): Record<string, unknown> {
  return getStaticTOMLValue(parseTOML(text, { tomlVersion: "1.0" }));
}
