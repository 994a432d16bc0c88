/** The first step on one input: variables expanded when asked for, tokens found, everything with its place in the original. */
import type { Settings } from "../internal/config/config.ts";
import type { Expansion } from "../internal/envsubst/expand.ts";
import type { ConfigManagerError, Place, Warning } from "../internal/errors/errors.ts";
import { createPlaceFinder } from "../internal/token/place.ts";
import { scan } from "../internal/token/scanner.ts";
import type { ScanProblem, Token, TokenSyntax } from "../internal/token/token.ts";

/** An input after the scan. */
export interface ScannedInput {
  /** What the tokens' offsets count in: the input with its variables expanded. */
  readonly text: Uint8Array;
  readonly tokens: readonly Token[];
  readonly errors: readonly ConfigManagerError[];
  /** What a scan read as something, in the order of `text`: tokens, and what looked like one and is an error. */
  readonly taken: readonly { readonly start: number; readonly end: number }[];
  readonly warnings: readonly Warning[];
  /** Where in the original input a part of `text` stands; cheap in document order. */
  readonly placeOf: (range: { readonly start: number; readonly end: number }) => Place;
}

/** Expands and scans one input. Errors are in document order; those of the expansion end the step before the scan. */
export async function scanInput(
  original: Uint8Array,
  file: string | undefined,
  syntax: TokenSyntax,
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ScannedInput> {
  const places = createPlaceFinder(original, file);
  const located = ({ start, end, error }: ScanProblem): ConfigManagerError =>
    error.at(places.place(start, end), decodeRange(original, start, end));
  const expanded = settings.enableEnvsubst ? await expandVariables(original, settings, env) : undefined;
  const text = expanded?.bytes ?? original;
  const rangeOf = expanded?.originalRange ?? ((start: number, end: number) => ({ start, end }));
  const placeOf: ScannedInput["placeOf"] = ({ start, end }) => {
    const range = rangeOf(start, end);
    return places.place(range.start, range.end);
  };
  if (expanded !== undefined && expanded.problems.length > 0) {
    return { text, tokens: [], errors: expanded.problems.map(located), taken: [], warnings: [], placeOf };
  }
  const { tokens, problems, warnings } = scan(text, syntax);
  return {
    text,
    tokens,
    errors: problems.map(({ start, end, error }) => error.at(placeOf({ start, end }), decodeRange(text, start, end))),
    taken:
      problems.length === 0 ? tokens : [...tokens, ...problems].toSorted((left, right) => left.start - right.start),
    warnings: warnings.map(({ start, end, message, hint }) => ({ message, hint, place: placeOf({ start, end }) })),
    placeOf,
  };
}

async function expandVariables(
  original: Uint8Array,
  { envsubstVars }: Settings,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Expansion> {
  const { expand } = await import("../internal/envsubst/expand.ts");
  return expand(original, {
    lookup: (name) => env[name],
    ...(envsubstVars === undefined ? {} : { only: new Set(envsubstVars) }),
  });
}

const maxQuotedBytes = 200;

// What an error names; a fault may run to the end of a line of any length.
function decodeRange(bytes: Uint8Array, start: number, end: number): string {
  return new TextDecoder().decode(bytes.subarray(start, Math.min(end, start + maxQuotedBytes)));
}
