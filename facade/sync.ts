/** Copying what inputs need into another store: whole values, each under a name that is made from its path. */
import { Buffer } from "node:buffer";
import { ConfigManagerError, ConfigManagerErrors, type Warning } from "../internal/errors/errors.ts";
import { nearestWord } from "../internal/errors/nearest.ts";
import { memberPath } from "../internal/resolve/composite-store.ts";
import { checkMetadataKeys } from "../internal/resolve/metadata-keys.ts";
import { requestKey } from "../internal/resolve/plan.ts";
import type { Resolution } from "../internal/resolve/resolver.ts";
import { isSoftened } from "../internal/resolve/soften.ts";
import type { TokenReference } from "../internal/token/token.ts";
import { putReferences, type WantedItem } from "./put.ts";
import { faultsOf, scanWith } from "./render.ts";
import type { ScannedInput } from "./scan-input.ts";
import type { Stores } from "./stores.ts";
import type { PutResult, SyncOptions, SyncReport, SyncResult, TextInput } from "./types.ts";

/** Asks for every value that the inputs need, and writes all of them or, with an error, none. */
export async function syncInputs(
  stores: Stores,
  inputs: readonly TextInput[],
  targetText: string,
  { signal, createOnly = false, dryRun = false, onResult }: SyncOptions,
): Promise<SyncReport> {
  const target = parseTarget(targetText, (await stores.syntax()).prefixes);
  const scanned: ScannedInput[] = [];
  for (const input of inputs) scanned.push(await scanWith(stores, input));
  const references = scanned.flatMap(({ tokens }) => tokens.map(({ reference }) => reference));
  const forbidden = stores.forbidden(references);
  const faults = scanned.flatMap((input) => faultsOf(input, forbidden));
  const warnings: Warning[] = scanned.flatMap((input) => input.warnings);
  // What is in the target already has nowhere to come from.
  const wholes = wholeValues(references.filter(({ prefix }) => prefix !== target.prefix));
  const asked = new Set([...new Set(wholes.values())].map(({ reference }) => reference));
  const resolution = await stores.resolve(asked, { signal, faults, warnings });
  const failed = scanned.flatMap((input) => failuresOf(input, wholes, resolution, stores, warnings));
  if (failed.length > 0) throw new ConfigManagerErrors(failed, warnings);
  const copies = copiesOf(new Set(wholes.values()), resolution, target);
  const results = await putReferences(stores, copies, {
    createOnly,
    dryRun,
    signal,
    onResult: (result, index) => onResult?.(withSources(result, copies[index]!)),
  });
  warnings.push(...(await metadataWarnings(stores, [...asked], target, signal)));
  return { results: results.map((result, index) => withSources(result, copies[index]!)), warnings };
}

function withSources(result: PutResult, { sources }: Copy): SyncResult {
  return { ...result, sources };
}

/** Where values are copied to. */
interface Target {
  readonly prefix: string;
  /** Undefined: the path as it is. */
  readonly template: string | undefined;
}

function parseTarget(text: string, known: ReadonlySet<string>): Target {
  const [prefix = "", template] = text.split(/:\/\/(.*)/s);
  if (known.has(prefix) && template !== "") return { prefix, template };
  const near = nearestWord(prefix, known);
  throw new ConfigManagerErrors([
    new ConfigManagerError("CM_USAGE", `"${text}" is no store to copy to`, {
      hint: near === undefined || near === prefix ? "write PREFIX, or PREFIX://{path}" : `write "${near}"`,
    }),
  ]);
}

/** One value as its store has it, and whether all who need it could do without. */
interface WholeValue {
  /** Without key path, default and changes. */
  readonly reference: TokenReference;
  isOptional: boolean;
}

function wholeValues(references: readonly TokenReference[]): ReadonlyMap<TokenReference, WholeValue> {
  const byRequest = new Map<string, WholeValue>();
  const wholes = new Map<TokenReference, WholeValue>();
  for (const reference of references) {
    const { prefix, path, rawMetadata, defaultText } = reference;
    const key = `${prefix} ${requestKey(reference)}`;
    let whole = byRequest.get(key);
    if (whole === undefined) {
      const text = `${prefix}://${path}${rawMetadata === "" ? "" : `[${rawMetadata}]`}`;
      const plain = { ...reference, text, keyPath: undefined, defaultText: undefined, transforms: [] };
      whole = { reference: plain, isOptional: true };
      byRequest.set(key, whole);
    }
    whole.isOptional &&= defaultText !== undefined;
    wholes.set(reference, whole);
  }
  return wholes;
}

// Errors at each place; what `lax` leaves, and what every token has a default for, is not copied.
function failuresOf(
  { tokens, placeOf }: ScannedInput,
  wholes: ReadonlyMap<TokenReference, WholeValue>,
  resolution: Resolution,
  { settings }: Stores,
  warnings: Warning[],
): readonly ConfigManagerError[] {
  return tokens.flatMap((token) => {
    const whole = wholes.get(token.reference);
    const outcome = whole && resolution.outcomeOf(whole.reference);
    if (whole === undefined || outcome === undefined || outcome.ok) return [];
    if (whole.isOptional && outcome.error.code === "CM_STORE_NOT_FOUND") return [];
    const error = outcome.error.at(placeOf(token), token.reference.text);
    if (!isSoftened(error, settings)) return [error];
    const { message, hint, code, place, token: text } = error;
    warnings.push({ message, hint, code, place, token: text });
    return [];
  });
}

interface Copy extends WantedItem {
  readonly sources: string[];
}

function copiesOf(
  wholes: ReadonlySet<WholeValue>,
  resolution: Resolution,
  { prefix, template }: Target,
): readonly Copy[] {
  const copies = new Map<string, Copy>();
  const conflicts: ConfigManagerError[] = [];
  for (const { reference } of wholes) {
    const outcome = resolution.outcomeOf(reference);
    if (!outcome.ok) continue;
    const path = memberPath(template?.replaceAll("{prefix}", reference.prefix.toLowerCase()), reference.path);
    const copy = copies.get(path);
    if (copy === undefined) {
      copies.set(path, { reference: toReference(prefix, path), data: outcome.text, sources: [reference.text] });
    } else if (Buffer.compare(copy.data, outcome.text) === 0) {
      copy.sources.push(reference.text);
    } else {
      conflicts.push(conflictError(copy, reference));
    }
  }
  if (conflicts.length > 0) throw new ConfigManagerErrors(conflicts);
  return [...copies.values()];
}

function toReference(prefix: string, path: string): TokenReference {
  return {
    text: `${prefix}://${path}`,
    prefix,
    path,
    keyPath: undefined,
    metadata: new Map(),
    rawMetadata: "",
    defaultText: undefined,
    transforms: [],
  };
}

function conflictError({ reference: { text, prefix }, sources }: Copy, other: TokenReference): ConfigManagerError {
  const message = `"${text}" would hold two values, of "${sources[0]}" and of "${other.text}"`;
  return new ConfigManagerError("CM_NAME_CONFLICT", message, {
    hint: `give each store a folder with --to '${prefix}://{prefix}/{path}', or copy the files one by one`,
  });
}

// A token has its metadata with every store that it is asked of, and a store refuses what it does not know.
async function metadataWarnings(
  stores: Stores,
  asked: readonly TokenReference[],
  { prefix }: Target,
  signal: AbortSignal | undefined,
): Promise<readonly Warning[]> {
  const withMetadata = asked.filter(({ metadata }) => metadata.size > 0);
  if (withMetadata.length === 0) return [];
  const [inspection] = await stores.inspect([prefix], signal);
  const { description } = inspection!;
  if (description === undefined) return [];
  return withMetadata.flatMap(({ metadata, text }) => {
    const fault = checkMetadataKeys(metadata, description, prefix);
    if (fault === undefined) return [];
    const message = `"${prefix}" does not take the metadata of "${text}", so it cannot answer for that token`;
    return [{ message, hint: "ask for the value without it" }];
  });
}
