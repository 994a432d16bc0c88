/** What would fail in a run, found without one: in the text, in the plugins, and when asked for in the stores too. */
import type { PluginInspection } from "../host/index.ts";
import { ConfigManagerError, type Place, type Warning } from "../internal/errors/errors.ts";
import { addAliasMetadata, toAliasMetadata } from "../internal/resolve/alias-metadata.ts";
import { forbiddenError } from "../internal/resolve/allow.ts";
import { checkMetadataKeys } from "../internal/resolve/metadata-keys.ts";
import { isSoftened } from "../internal/resolve/soften.ts";
import type { Token, TokenReference } from "../internal/token/token.ts";
import { findUnknownWords, type UnknownWord } from "../internal/token/unknown-words.ts";
import { type ResolveInputsOptions, scanWith } from "./render.ts";
import { reportOutcomes } from "./report.ts";
import type { ScannedInput } from "./scan-input.ts";
import type { Stores } from "./stores.ts";
import type { CheckReport, Finding, TextInput, TokenReport } from "./types.ts";

/** How inputs are checked. */
export interface CheckInputsOptions extends ResolveInputsOptions {
  readonly resolve?: boolean;
  readonly expiresBefore?: Date;
}

/** Everything that is found, in document order. Rejects only when it is canceled. */
export async function checkInputs(
  stores: Stores,
  inputs: readonly TextInput[],
  { signal, onReport, resolve = false, expiresBefore }: CheckInputsOptions,
): Promise<CheckReport> {
  const scanned: ScannedInput[] = [];
  for (const input of inputs) scanned.push(await scanWith(stores, input));
  const syntax = await stores.syntax();
  const references = new Set(scanned.flatMap(({ tokens }) => tokens.map(({ reference }) => reference)));
  const inspections = await inspectionsOf(stores, references, signal);
  const faults = faultsOf(stores, references, inspections);
  const unlocked = await stores.unlocked([...inspections.values()]);
  const sound = resolve ? new Set([...references].filter((reference) => !faults.has(reference))) : new Set<never>();
  const resolution = sound.size === 0 ? undefined : await stores.resolve(sound, { signal });
  const outcomes = scanned.map((input) => {
    const asked = resolution === undefined ? [] : input.tokens.filter(({ reference }) => sound.has(reference));
    return resolution && reportOutcomes(asked, input.placeOf, resolution, stores.settings);
  });
  if (resolution !== undefined) onReport?.(outcomes.flatMap((outcome) => outcome?.reports ?? []));
  const findings = scanned.map((input, index) => {
    const words = findUnknownWords(input.text, syntax, input.taken);
    const { errors = [], warnings = [], reports = [] } = outcomes[index] ?? {};
    return [
      ...textFindings(input, words),
      ...words.map((word) => wordFinding(word, input.placeOf(word), syntax.tokenSeparator)),
      ...input.tokens.flatMap((token) => [
        ...tokenFinding(token, faults.get(token.reference), input, stores),
        ...unlockedFindings(token, unlocked, input, stores),
      ]),
      ...errors.map(toErrorFinding),
      ...warnings.map(toWarningFinding),
      ...reports.flatMap((report) => expiryFinding(report, expiresBefore)),
    ].toSorted(({ problem: left }, { problem: right }) => startOf(left) - startOf(right));
  });
  return { findings: findings.flat(), tokenCount: scanned.reduce((sum, { tokens }) => sum + tokens.length, 0) };
}

type Faults = ReadonlyMap<TokenReference, ConfigManagerError>;

type Inspections = ReadonlyMap<string, PluginInspection>;

// No plugin is started for a reference that may not be asked.
async function inspectionsOf(
  stores: Stores,
  references: ReadonlySet<TokenReference>,
  signal: AbortSignal | undefined,
): Promise<Inspections> {
  const forbidden = stores.forbidden(references);
  const allowed = [...references].filter((reference) => !forbidden.has(reference));
  const prefixes = new Set(allowed.map(({ prefix }) => prefix));
  const plugins = new Set([...prefixes].concat([...prefixes].flatMap((prefix) => stores.pluginsOf(prefix))));
  const inspected = await stores.inspect([...plugins], signal);
  return new Map(inspected.map((inspection) => [inspection.prefix, inspection]));
}

// What can be known of a reference without asking its store.
function faultsOf(stores: Stores, references: ReadonlySet<TokenReference>, inspections: Inspections): Faults {
  const faults = new Map<TokenReference, ConfigManagerError>();
  for (const reference of stores.forbidden(references)) faults.set(reference, forbiddenError(reference));
  for (const reference of references) {
    if (faults.has(reference)) continue;
    const fault = pluginFault(stores, reference, inspections);
    if (fault !== undefined) faults.set(reference, fault);
  }
  return faults;
}

function pluginFault(
  stores: Stores,
  reference: TokenReference,
  inspections: Inspections,
): ConfigManagerError | undefined {
  const own = inspections.get(reference.prefix)?.error;
  if (own !== undefined) return own;
  const members = stores.pluginsOf(reference.prefix).map((prefix) => inspections.get(prefix)!);
  const broken = members.find(({ error }) => error !== undefined);
  if (broken !== undefined) return broken.error;
  for (const { prefix, description } of members) {
    // A plugin of app protocol 1 has no words for what it knows.
    if (description === undefined) continue;
    const alias = toAliasMetadata(stores.settings.stores.get(prefix)?.metadata);
    const fault = checkMetadataKeys(addAliasMetadata(reference, alias).metadata, description, prefix);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

// The scan warns of near words too; here they are findings of their own.
function textFindings({ errors, warnings, placeOf }: ScannedInput, words: readonly UnknownWord[]): readonly Finding[] {
  const told = new Set(words.map((word) => placeOf(word).start));
  const others = warnings.filter(({ place }) => place === undefined || !told.has(place.start));
  return [...errors.map(toErrorFinding), ...others.map(toWarningFinding)];
}

function wordFinding({ name, nearest }: UnknownWord, place: Place, separator: string): Finding {
  const message = `"${name}" is no known prefix, so "${name}${separator}" is plain text`;
  return nearest === undefined
    ? toWarningFinding({ message, place, hint: `install the plugin of "${name}" if it is meant to be a store` })
    : toErrorFinding(new ConfigManagerError("CM_PREFIX_UNKNOWN", message, { place, hint: `write "${nearest}"` }));
}

function tokenFinding(
  token: Token,
  fault: ConfigManagerError | undefined,
  { placeOf }: ScannedInput,
  { settings }: Stores,
): readonly Finding[] {
  if (fault === undefined) return [];
  const error = fault.at(placeOf(token), token.reference.text);
  return [isSoftened(error, settings) ? toWarningFinding(error) : toErrorFinding(error)];
}

// At the first token that needs the plugin. In a locked run each token has the error of its plugin instead.
function unlockedFindings(
  token: Token,
  unlocked: Map<string, Warning>,
  { placeOf }: ScannedInput,
  stores: Stores,
): readonly Finding[] {
  return stores.pluginsOf(token.reference.prefix).flatMap((prefix) => {
    const warning = unlocked.get(prefix);
    if (!unlocked.delete(prefix) || warning === undefined) return [];
    return [toWarningFinding({ ...warning, place: placeOf(token), token: token.reference.text })];
  });
}

function expiryFinding({ expiresAt, place, text }: TokenReport, before: Date | undefined): readonly Finding[] {
  if (expiresAt === undefined || before === undefined || expiresAt >= before) return [];
  return [
    toErrorFinding(
      new ConfigManagerError("CM_VALUE_EXPIRES", `the value expires at ${expiresAt.toISOString()}`, {
        place,
        token: text,
        hint: "renew it in its store",
      }),
    ),
  ];
}

function toErrorFinding(problem: ConfigManagerError): Finding {
  return { level: "error", problem };
}

function toWarningFinding({ message, hint, place, token, code }: Warning): Finding {
  return { level: "warning", problem: { message, hint, place, token, code } };
}

function startOf({ place }: { readonly place?: Place | undefined }): number {
  return place?.start ?? 0;
}
