/**
 * How a plugin has done in `plugin test`: a line for each assertion, three more for one that does not hold; those that were
 * skipped for one reason stand together. What comes from the plugin is escaped.
 */
import type { AssertionResult } from "../../authoring/index.ts";
import { escapeControls, jsonText } from "../../internal/errors/redact.ts";

const columns = 100;
const outcomeWidth = 8;
const idWidth = 5;
/** More that are skipped together are counted and not named. */
const maxNamed = 8;
const labels = { ok: "ok", failed: "FAILED", advice: "advice", skipped: "skipped" } as const;

/** How many results there are of each kind. */
export type ResultCounts = Readonly<Record<AssertionResult["outcome"], number>>;

/** A report as text, piece by piece: what may be written after each result, and at the end. */
export interface ReportText {
  readonly add: (result: AssertionResult) => string;
  readonly end: () => string;
}

/** Counts them. */
export function countResults(results: readonly AssertionResult[]): ResultCounts {
  const counts = { ok: 0, failed: 0, advice: 0, skipped: 0 };
  for (const { outcome } of results) counts[outcome]++;
  return counts;
}

/** A report as text; a skipped assertion is written with the first one behind it that is not skipped for the same reason. */
export function createReportText(): ReportText {
  const results: AssertionResult[] = [];
  let skipped: { readonly reason: string; readonly ids: string[] } | undefined;
  return {
    add(result) {
      results.push(result);
      if (result.outcome !== "skipped") return takeSkipped() + resultText(result);
      if (skipped?.reason === result.reason) {
        skipped.ids.push(result.id);
        return "";
      }
      const text = takeSkipped();
      skipped = { reason: result.reason, ids: [result.id] };
      return text;
    },
    end: () => takeSkipped() + summaryText(results),
  };

  function takeSkipped(): string {
    if (skipped === undefined) return "";
    const { ids, reason } = skipped;
    skipped = undefined;
    const which = ids.length > maxNamed ? `${ids[0]} to ${ids.at(-1)}, ${ids.length} assertions` : ids.join(", ");
    return wrap(`${which}: ${reason}`, labels.skipped.padEnd(outcomeWidth), outcomeWidth + idWidth);
  }
}

/** The whole report for programs. */
export function reportAsJson(file: string, results: readonly AssertionResult[]): string {
  const { ok: passed, failed, skipped, advice } = countResults(results);
  return `${jsonText({ file, passed, failed, skipped, advice, results })}\n`;
}

function resultText(result: Exclude<AssertionResult, { readonly outcome: "skipped" }>): string {
  const indent = outcomeWidth + idWidth;
  const head = labels[result.outcome].padEnd(outcomeWidth) + result.id.padEnd(idWidth);
  const line = wrap(result.sentence, head, indent);
  if (result.outcome === "ok") return line;
  const field = (label: string, text: string): string => wrap(text, " ".repeat(indent) + label, indent + label.length);
  return (
    line + field("expected: ", result.expected) + field("seen:     ", result.seen) + field("fix:      ", result.fix)
  );
}

function summaryText(results: readonly AssertionResult[]): string {
  const { ok, failed, advice, skipped } = countResults(results);
  const more = advice === 0 ? "" : `, ${advice} with advice`;
  return `\n${ok} passed, ${failed} failed, ${skipped} skipped${more}\n`;
}

// Broken at blanks; what is longer than a line stays whole, so that a path can be copied.
function wrap(text: string, first: string, indent: number): string {
  const lines: string[] = [];
  let line = first;
  for (const [index, word] of escapeControls(text).split(" ").entries()) {
    if (index > 0 && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = " ".repeat(indent) + word;
    } else {
      line += index === 0 ? word : ` ${word}`;
    }
  }
  return `${[...lines, line].join("\n")}\n`;
}
