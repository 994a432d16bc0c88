/** How errors and warnings look on stderr: for people, or one JSON object a line. Knows no stream and no state. */
import type { Warning } from "../configmanager.ts";
import type { ConfigManagerError, Place } from "../internal/errors/errors.ts";
import { escapeControls, jsonText, shorten } from "../internal/errors/redact.ts";

/** A bounded excerpt of the line that a place is in. */
export interface Excerpt {
  readonly text: string;
  /** From 1, in characters of `text`. */
  readonly caretColumn: number;
}

/** How things are printed. */
export interface PrintStyle {
  readonly format: "text" | "json";
  readonly colors: boolean;
  /** The line of a place, undefined when its input is not at hand. */
  readonly lineOf: (place: Place) => Excerpt | undefined;
}

/**
 * All errors of a run, ready for stderr. For people, one fault at several places (a plugin that does not start, say) is told
 * once, with every place. `outcome`, such as `nothing was written`, ends the closing line of a report of several errors.
 */
export function formatErrors(errors: readonly ConfigManagerError[], style: PrintStyle, outcome?: string): string {
  if (style.format === "json") return errors.map(jsonError).join("");
  const reports = sameFaults(errors).map(([first, ...others]) => textError(first, others, style));
  if (errors.length < 2) return reports.join("");
  const closing = `${errors.length} errors${outcome === undefined ? "" : `; ${outcome}`}\n`;
  return reports.join("") + paint(closing, bold, style);
}

/** One warning, ready for stderr. */
export function formatWarning(warning: Warning, style: PrintStyle): string {
  const { code, message, place, token, hint } = warning;
  if (style.format === "json") {
    const texts = { message: bounded(message), ...jsonPlace(place), token: bounded(token), hint: bounded(hint) };
    return jsonLine({ level: "warn", code, ...texts });
  }
  const label = paint(`warning${code === undefined ? "" : ` ${code}`}`, yellow, style);
  return `${label}: ${printable(message)}\n${placeLines(place, token, message, style)}${hintLines(hint)}`;
}

/** One JSON object and a line feed; what could move a cursor is escaped. */
export function jsonLine(record: Readonly<Record<string, unknown>>): string {
  return `${jsonText(record)}\n`;
}

const placesInRow = 10;
/** Of one text: what an input or a plugin names may be of any length. */
const maxShown = 2_000;

function printable(text: string): string {
  return escapeControls(shorten(text, maxShown));
}

function bounded(text: string | undefined): string | undefined {
  return text === undefined ? undefined : shorten(text, maxShown);
}

const red = "31";
const yellow = "33";
const bold = "1";

/** Text in a colour of a terminal, or as it is. */
function paint(text: string, sgr: string, { colors }: PrintStyle): string {
  return colors ? `\u001b[${sgr}m${text.replace(/\n$/, "")}\u001b[0m${text.endsWith("\n") ? "\n" : ""}` : text;
}

type Faults = readonly [ConfigManagerError, ...ConfigManagerError[]];

/** Errors that say the same of several places, in the order of the first of each. */
function sameFaults(errors: readonly ConfigManagerError[]): Faults[] {
  const groups = new Map<string, [ConfigManagerError, ...ConfigManagerError[]]>();
  for (const error of errors) {
    const key = JSON.stringify([error.code, error.message, error.hint, error.place?.file]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [error]);
    else group.push(error);
  }
  return [...groups.values()];
}

function textError(error: ConfigManagerError, others: readonly ConfigManagerError[], style: PrintStyle): string {
  const { code, message, place, token, hint } = error;
  const label = paint(`error ${code}`, red, style);
  const where = placeLines(place, token, message, style) + otherPlaces(others);
  const head = `${label}: ${printable(message)}\n${where}${hintLines(hint)}`;
  return code === "CM_INTERNAL" ? head + bugLines(error) : head;
}

function placeLines(place: Place | undefined, token: string | undefined, message: string, style: PrintStyle): string {
  if (place === undefined)
    return token === undefined || message.includes(token) ? "" : `  token: ${printable(token)}\n`;
  const { file, line, column } = place;
  const where = `  --> ${file === undefined ? "" : `${escapeControls(file)}:`}${line}:${column}\n`;
  const excerpt = style.lineOf(place);
  if (excerpt === undefined) return where;
  const number = String(line);
  const gutter = " ".repeat(number.length);
  // Escapes make the line longer than it was, so the caret is put under what became of the part before it.
  const before = escapeControls(excerpt.text.slice(0, excerpt.caretColumn - 1));
  const whole = before + escapeControls(excerpt.text.slice(excerpt.caretColumn - 1));
  const caret = `${" ".repeat(Array.from(before).length)}${paint("^", red, style)}`;
  return `${where}  ${number} | ${whole}\n  ${gutter} | ${caret}\n`;
}

/** The places of the same fault, several in a line; of one without a place its token. */
function otherPlaces(others: readonly ConfigManagerError[]): string {
  const places = others.map(({ place, token }) =>
    place === undefined ? printable(token ?? "") : `${place.line}:${place.column}`,
  );
  const rows = Array.from({ length: Math.ceil(places.length / placesInRow) }, (_, row) =>
    places.slice(row * placesInRow, (row + 1) * placesInRow).join(", "),
  );
  return rows.map((row, index) => `  ${index === 0 ? "also at" : "       "} ${row}\n`).join("");
}

function hintLines(hint: string | undefined): string {
  if (hint === undefined) return "";
  const [first, ...rest] = hint.split("\n").map(printable);
  return `  hint: ${[first, ...rest.map((line) => `        ${line}`)].join("\n")}\n`;
}

function bugLines(error: ConfigManagerError): string {
  const { stack } = error.cause instanceof Error ? error.cause : error;
  const frames = stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  return [...frames.map(escapeControls), `  ${bugHint}`, ""].join("\n");
}

/** What is said about an error that should never happen. */
export const bugHint =
  "this is a bug: please report these lines, the version and the command to the project's issue tracker";

function jsonError(error: ConfigManagerError): string {
  const { code, message, place, token, hint } = error;
  const { stack } = error.cause instanceof Error ? error.cause : error;
  const bug = code === "CM_INTERNAL" ? { hint: hint ?? bugHint, stack } : { hint: bounded(hint) };
  return jsonLine({ code, message: bounded(message), ...jsonPlace(place), token: bounded(token), ...bug });
}

function jsonPlace(place: Place | undefined): Readonly<Record<string, unknown>> {
  return { file: place?.file, line: place?.line, column: place?.column };
}
