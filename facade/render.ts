/** Whole inputs: scanned, resolved together and spliced, each distinct request asked once whatever input it stands in. */
import { type ConfigManagerError, ConfigManagerErrors, type Warning } from "../internal/errors/errors.ts";
import { forbiddenError } from "../internal/resolve/allow.ts";
import type { Resolution } from "../internal/resolve/resolver.ts";
import type { TokenReference } from "../internal/token/token.ts";
import { spliceBlocks, type TextOf } from "../internal/write/splice.ts";
import { describeReference, type OutcomeReport, reportOutcomes } from "./report.ts";
import { scanInput, type ScannedInput } from "./scan-input.ts";
import type { Stores } from "./stores.ts";
import type {
  ComparedInput,
  Comparison,
  Explanation,
  InputComparison,
  RenderedInputs,
  RenderOptions,
  ScannedToken,
  TextInput,
  TokenReport,
} from "./types.ts";
import { type WrittenTexts, writeTexts } from "./write-texts.ts";

/** What inputs are resolved with. */
export interface ResolveInputsOptions {
  readonly signal?: AbortSignal | undefined;
  /** Takes what became of each token, before the call ends, also when it fails. */
  readonly onReport?: ((reports: readonly TokenReport[]) => void) | undefined;
}

/** What inputs are rendered with. */
export type RenderInputsOptions = ResolveInputsOptions & Pick<RenderOptions, "escape">;

/** Scans one input; `prefixes` are known too. */
export async function scanWith(
  stores: Stores,
  { bytes, file }: TextInput,
  prefixes: readonly string[] = [],
): Promise<ScannedInput> {
  const syntax = await stores.syntax();
  const more = prefixes.length === 0 ? syntax : { ...syntax, prefixes: new Set([...syntax.prefixes, ...prefixes]) };
  return scanInput(bytes, file, more, stores.settings, stores.context.env);
}

/** The tokens of a scanned input, for a report. */
export function toScannedTokens({ tokens, placeOf }: ScannedInput): readonly ScannedToken[] {
  return tokens.map((token) => ({ ...describeReference(token.reference), place: placeOf(token) }));
}

/** Every input with its tokens replaced, or the errors of all of them. */
export async function renderInputs(
  stores: Stores,
  inputs: readonly TextInput[],
  options: RenderInputsOptions,
): Promise<RenderedInputs> {
  const { scanned, texts, warnings } = await resolveTexts(stores, inputs, options);
  return {
    outputs: scanned.map(({ text, tokens }, index) => spliceBlocks(text, tokens, texts[index]!)),
    warnings,
  };
}

/** Where the rendered inputs would differ from what is there; no value leaves this. Rejects as `renderInputs` does. */
export async function compareInputs(
  stores: Stores,
  inputs: readonly ComparedInput[],
  options: RenderInputsOptions,
): Promise<Comparison> {
  const { scanned, texts, warnings } = await resolveTexts(stores, inputs, options);
  const { compareSpliced } = await import("../internal/write/compare.ts");
  const inputsCompared = scanned.map((input, index): InputComparison => {
    const { existing } = inputs[index]!;
    if (existing === undefined) return { status: "new", tokens: toScannedTokens(input), lines: [] };
    const { tokens, lines } = compareSpliced(input.text, input.tokens, texts[index]!, existing);
    const status = tokens.length + lines.length === 0 ? "same" : "changed";
    return { status, tokens: toScannedTokens({ ...input, tokens }), lines };
  });
  return { inputs: inputsCompared, warnings };
}

// What goes into the places of the tokens of each input. Rejects with the errors of all of them.
async function resolveTexts(
  stores: Stores,
  inputs: readonly TextInput[],
  { escape = "none", ...options }: RenderInputsOptions,
): Promise<{
  readonly scanned: readonly ScannedInput[];
  readonly texts: readonly TextOf[];
  readonly warnings: readonly Warning[];
}> {
  const { scanned, resolution, errors, warnings } = await resolveInputs(stores, inputs, options);
  const written: WrittenTexts[] = [];
  for (const [index, input] of scanned.entries()) {
    const { file, escape: own } = inputs[index]!;
    written.push(await writeTexts(input, resolution, { escape: own ?? escape, file, softening: stores.settings }));
  }
  const allErrors = [...errors, ...written.flatMap((each) => each.errors)];
  const allWarnings = [...warnings, ...written.flatMap((each) => each.warnings)];
  if (allErrors.length > 0) throw new ConfigManagerErrors(allErrors, allWarnings);
  return { scanned, texts: written.map(({ textOf }) => textOf), warnings: allWarnings };
}

/** What became of every token; no value leaves this. Rejects for what is wrong before a store is asked. */
export async function explainInputs(
  stores: Stores,
  inputs: readonly TextInput[],
  options: ResolveInputsOptions,
): Promise<Explanation> {
  const { scanned, errors, warnings, reports } = await resolveInputs(stores, inputs, options);
  return { tokens: scanned.flatMap(toScannedTokens), errors, warnings, reports };
}

interface ResolvedInputs extends OutcomeReport {
  readonly scanned: readonly ScannedInput[];
  readonly resolution: Resolution;
}

async function resolveInputs(
  stores: Stores,
  inputs: readonly TextInput[],
  { signal, onReport }: ResolveInputsOptions,
): Promise<ResolvedInputs> {
  const scanned: ScannedInput[] = [];
  for (const input of inputs) scanned.push(await scanWith(stores, input));
  const references = new Set(scanned.flatMap(({ tokens }) => tokens.map(({ reference }) => reference)));
  const forbidden = stores.forbidden(references);
  const faults = scanned.flatMap((input) => faultsOf(input, forbidden));
  const scanWarnings = scanned.flatMap((input) => input.warnings);
  const resolution = await stores.resolve(references, { signal, faults, warnings: scanWarnings });
  const outcomes = scanned.map(({ tokens, placeOf }) => reportOutcomes(tokens, placeOf, resolution, stores.settings));
  onReport?.(outcomes.flatMap(({ reports }) => reports));
  return {
    scanned,
    resolution,
    errors: outcomes.flatMap(({ errors }) => errors),
    warnings: [...scanWarnings, ...outcomes.flatMap((outcome): readonly Warning[] => outcome.warnings)],
    get reports() {
      return outcomes.flatMap(({ reports }) => reports);
    },
  };
}

/** What is wrong with an input before a store is asked, in document order. */
export function faultsOf(
  { errors, tokens, placeOf }: ScannedInput,
  forbidden: ReadonlySet<TokenReference>,
): readonly ConfigManagerError[] {
  const refused = tokens
    .filter(({ reference }) => forbidden.has(reference))
    .map((token) => forbiddenError(token.reference).at(placeOf(token)));
  if (refused.length === 0) return errors;
  return [...errors, ...refused].toSorted((left, right) => (left.place?.start ?? 0) - (right.place?.start ?? 0));
}
