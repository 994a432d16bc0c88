import { contextsOf, type EscapeContext, own, pair, within } from "./context.ts";

const k = (text: string): unknown => (JSON.parse(text) as { k: unknown }).k;
const json = contextsOf("json", k);
const typed = (value = ""): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};
const withoutComments = (text: string): unknown => k(text.replace(/^\{ (?:\/\/.*|\/\*[^]*?\*\/)/, "{"));

/** JSON, and with comments. */
export const jsonContexts: readonly EscapeContext[] = [
  json('{"k": "§0"}', own),
  json('{"k": "a §0 z", "l": "\\\\"}', within),
  json('{"a\\"": [1, "]"], "k": "§0:§1"}', pair),
  json('{"k": "\\\\§0"}', (value) => `\\${value}`),
  json(
    '{"§0": 1}',
    (value) => [value],
    undefined,
    (text) => Object.keys(JSON.parse(text) as object),
  ),
  json('{"k": §0}', typed),
  json('{"k": [§0, §1]}', (first = "", second = "") => [typed(first), typed(second)]),
  json("§0", typed, undefined, JSON.parse),
  json(
    '{ // it\'s §0\n"k": "§1"}',
    (_first, second) => second,
    (first = "") => /[^ -~]/.test(first),
    withoutComments,
  ),
  json(
    '{ /* §0 */ "k": "§1"}',
    (_first, second) => second,
    (first = "") => first.includes("*/"),
    withoutComments,
  ),
];
