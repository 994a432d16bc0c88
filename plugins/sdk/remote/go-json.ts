import { isLosslessNumber, parse } from "lossless-json";

/** How the numbers of a document come out: with their literal text, as Go's `json.Number`, or by way of a double. */
export type GoJsonNumbers = "literal" | "double";

/** What is printed of a document, and how. */
export interface GoJsonOptions {
  readonly numbers: GoJsonNumbers;
  /** The names of the members that lead to the part that is printed; what is not there is `null`. All of it unless set. */
  readonly at?: readonly string[] | undefined;
}

/**
 * JSON text as Go's encoder prints it, for stores whose Go counterpart hands out what it had decoded: keys sorted by their
 * bytes, no blanks, and `<`, `>`, `&`, U+2028 and U+2029 escaped in strings. Throws a SyntaxError whose message holds
 * nothing of the text.
 */
export function toGoJson(text: string, { numbers, at = [] }: GoJsonOptions): string {
  let value: unknown;
  try {
    // Of two members of one name Go's decoder keeps the last.
    value = parse(text, undefined, { onDuplicateKey: ({ newValue }) => newValue });
  } catch {
    throw new SyntaxError("text is not JSON");
  }
  for (const name of at) value = memberOf(value, name);
  return print(value ?? null, numbers);
}

function memberOf(value: unknown, name: string): unknown {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
  return isMap && Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : null;
}

function print(value: unknown, numbers: GoJsonNumbers): string {
  if (isLosslessNumber(value)) return numbers === "literal" ? value.toString() : printDouble(Number(value.toString()));
  if (typeof value === "string") return printString(value);
  if (Array.isArray(value)) return `[${value.map((item) => print(item, numbers)).join(",")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const members = Object.entries(value).map(([key, member]) => ({
    key,
    bytes: Buffer.from(key),
    member: member as unknown,
  }));
  members.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  return `{${members.map(({ key, member }) => `${printString(key)}:${print(member, numbers)}`).join(",")}}`;
}

/** Go and JavaScript choose the same digits and the same form, but for the sign of zero. */
function printDouble(value: number): string {
  if (!Number.isFinite(value)) throw new SyntaxError("a number of the JSON is too large");
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Half a surrogate pair is what Go replaces too. */
function printString(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
