import type { StoreConfig } from "./config.ts";
import { ConfigManagerError, type Place } from "../errors/errors.ts";
import { flagOf, offFlagOf, type SettingKey, type SettingSpec, settingSpecs, variableOf } from "./settings-table.ts";

/** Where a setting was set. */
export type SettingOrigin =
  | { readonly kind: "flag"; readonly flag: string }
  | { readonly kind: "environment"; readonly variable: string }
  | { readonly kind: "file"; readonly place: Place }
  | { readonly kind: "default" };

/** A setting of one source. */
export interface SourcedValue {
  readonly value: unknown;
  readonly origin: SettingOrigin;
}

/** A store's entry of one configuration file. */
export interface SourcedStore {
  readonly store: StoreConfig;
  readonly place: Place;
}

/** What one source sets. */
export interface SettingLayer {
  readonly values: ReadonlyMap<SettingKey, SourcedValue>;
  readonly stores: ReadonlyMap<string, SourcedStore>;
  /** The configuration that a working directory brings along: whoever made that folder wrote it. */
  readonly isBroughtAlong?: true;
  /** What is wrong in it; the rest is there nonetheless. */
  readonly errors: readonly ConfigManagerError[];
}

/** What flags set: by the name of the setting, a text, a list of texts for one that repeats, `true` for a toggle, `false` for one that was switched off. Errors are CM_USAGE. */
export function readFlags(flags: Readonly<Record<string, unknown>>): SettingLayer {
  return readTexts(
    (spec) => flags[spec.name],
    (spec, given) => ({ kind: "flag", flag: (given === false ? offFlagOf(spec) : undefined) ?? flagOf(spec) }),
  );
}

/** What variables of the environment set. An empty one counts as not set. Errors are CM_CONFIG_INVALID. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): SettingLayer {
  return readTexts(
    (spec) => env[variableOf(spec)] || undefined,
    (spec) => ({ kind: "environment", variable: variableOf(spec) }),
  );
}

function readTexts(
  givenFor: (spec: SettingSpec) => unknown,
  originOf: (spec: SettingSpec, given: unknown) => SettingOrigin & { readonly kind: "flag" | "environment" },
): SettingLayer {
  const values = new Map<SettingKey, SourcedValue>();
  const errors: ConfigManagerError[] = [];
  for (const spec of settingSpecs) {
    const given = givenFor(spec);
    if (given === undefined) continue;
    const origin = originOf(spec, given);
    const value = spec.kind.read(toData(spec, given));
    if (value === undefined) errors.push(refusal(spec, given, origin));
    else values.set(spec.key, { value, origin });
  }
  return { values, stores: new Map(), errors };
}

function toData({ kind, repeats }: SettingSpec, given: unknown): unknown {
  if (typeof given === "string") return kind.fromText(given);
  if (Array.isArray(given) && repeats === "split") return given.flatMap((text: string) => kind.fromText(text));
  return given;
}

function refusal(
  { kind }: SettingSpec,
  given: unknown,
  origin: SettingOrigin & { readonly kind: "flag" | "environment" },
): ConfigManagerError {
  const text = Array.isArray(given) ? given.join(",") : String(given);
  const [code, name] =
    origin.kind === "flag" ? (["CM_USAGE", origin.flag] as const) : (["CM_CONFIG_INVALID", origin.variable] as const);
  return new ConfigManagerError(code, `"${text}" of ${name} is not ${kind.expected}`, { hint: kind.hint });
}
