import type { InputComparison, LineRange } from "../../configmanager.ts";
import { escapeControls } from "../../internal/errors/redact.ts";
import { jsonInBlocks } from "./table.ts";
import { placeText } from "./token-list.ts";

/** What was compared, as the user named both. */
export interface NamedComparison {
  readonly input: string;
  readonly output: string;
  readonly comparison: InputComparison;
}

/** A line for each difference, for people; nothing when there is none. */
export function comparisonLines({ output, comparison: { status, tokens, lines } }: NamedComparison): string {
  if (status === "new") return `${escapeControls(output)} is not there\n`;
  return [
    ...tokens.map(({ place, text }) => `${placeText(place)} ${text} changed`),
    ...lines.map((range) => `${output}:${rangeText(range)} ${textOfChange[range.change]}`),
  ]
    .map((line) => `${escapeControls(line)}\n`)
    .join("");
}

/** All comparisons for programs: a JSON array with one output on each line. */
export function comparisonsAsJson(comparisons: readonly NamedComparison[]): string {
  const records = comparisons.map(({ input, output, comparison: { status, tokens, lines } }) => ({
    input,
    output,
    status,
    tokens: tokens.map(({ place: { line, column }, text }) => ({ line, column, token: text })),
    lines,
  }));
  return [...jsonInBlocks(records)].join("");
}

const textOfChange: Readonly<Record<LineRange["change"], string>> = {
  changed: "text outside of tokens changed",
  added: "text would be added before it",
  removed: "text would be removed",
};

function rangeText({ from, to }: LineRange): string {
  return from === to ? String(from) : `${from}-${to}`;
}
