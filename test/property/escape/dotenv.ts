import { parse } from "dotenv";
import { contextsOf, type EscapeContext, own, pair, within } from "./context.ts";

const k = (text: string): unknown => parse(text)["K"];
const dotenv = contextsOf("dotenv", k);
// Refused only what no way of writing it brings back, and separators that end a line for a regular expression.
const unless =
  (candidates: (value: string) => string[]) =>
  (value = "") =>
    /[\0\u2028\u2029]/.test(value) ||
    !candidates(value).some((written) => k(`K=${written}\n`) === value && !value.endsWith("\\"));
const lineEnds = (value: string): string => value.replaceAll("\n", "\\n").replaceAll("\r", "\\r");
const anyQuotes = unless((value) => [value, `'${value}'`, `"${lineEnds(value)}"`, `\`${value}\``]);
const plain = (value = ""): boolean => /[\0#\n\r\u2028\u2029]|^[\s'"`]|\s$/.test(value);
const quoted = (value = ""): boolean => /[\0\r'"`\\]/.test(value);

/** .env files. */
export const dotenvContexts: readonly EscapeContext[] = [
  dotenv("A=b\nK=§0\nB=c\n", own, anyQuotes),
  dotenv("# it's\nexport K = §0 # \"c\nB='c'\n", own, anyQuotes),
  dotenv("K: §0\r\nB=c\r\n", own, anyQuotes),
  dotenv("A='\nb=1'\nK=a §0 z\n", within, (value) => plain(`x${value}x`)),
  dotenv("K=§0:§1\n", pair, (one, two) => plain(one) || plain(two)),
  dotenv(
    'K="§0"\nA="b"\n',
    own,
    unless((value) => [`"${lineEnds(value)}"`]),
  ),
  dotenv(
    "K='§0'\nA='b'\n",
    own,
    unless((value) => [`'${value}'`]),
  ),
  dotenv(
    "K=`§0` # `c`\nA=`b`\n",
    own,
    unless((value) => [`\`${value}\``]),
  ),
  dotenv('K="a §0 z"\n', within, (value = "") => quoted(value)),
  dotenv("K='§0:§1'\n", pair, (one, two) => quoted(one) || quoted(two)),
  dotenv(
    "# it's §0\nK=§1\n",
    (_one, two) => two,
    (one = "", two = "") => /[^ -~]/.test(one) || anyQuotes(two),
  ),
];
