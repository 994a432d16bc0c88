import { defaultSettings, type Settings, type StoreConfig } from "../internal/config/config.ts";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import { nearestWord } from "../internal/errors/nearest.ts";
import type { Logger } from "../internal/log/logger.ts";
import type { AskTrust, HostContext } from "../host/index.ts";
import type { BroughtStore } from "../internal/config/brought-along.ts";
import type { TokenReport } from "./types.ts";

/** What a long run tells about itself. */
export type ProgressEvent =
  | { readonly kind: "launching"; readonly prefixes: readonly string[] }
  | { readonly kind: "resolving"; readonly answered: number; readonly total: number };

/** What `createConfigManager` takes. Everything is optional; a name that is not listed throws CM_USAGE. */
export interface ConfigManagerOptions extends Partial<Omit<Settings, "stores">> {
  /** Configured stores by prefix, upper case: aliases, environments, options. None unless set. */
  readonly stores?: ReadonlyMap<string, StoreConfig> | Readonly<Record<string, StoreConfig>>;
  /** What plugins are launched from: environment, working directory, home and so on; those of this process unless set. */
  readonly context?: Partial<HostContext>;
  /** Takes debug records and plugin log lines, never a value; silent unless set. */
  readonly logger?: Logger;
  readonly onProgress?: (event: ProgressEvent) => void;
  /** Takes the values that a call got from stores, before the call returns them, for a caller that masks them in logs. */
  readonly onValues?: (values: readonly Uint8Array[]) => Promise<void> | void;
  /** Takes what became of each token of a call, never a value, also when the call fails after the stores were asked. */
  readonly onReport?: (reports: readonly TokenReport[]) => void;
  /** With `trust: "ask"`: asks whether a working directory is trusted; one that is not on record is refused unless set. */
  readonly askTrust?: AskTrust;
  /** With `trust: "ask"`: what of `stores` the working directory's configuration says, by prefix; nothing unless set. */
  readonly broughtAlong?: ReadonlyMap<string, BroughtStore>;
}

type Check = (value: unknown) => boolean;

const isString: Check = (value) => typeof value === "string";
const isBoolean: Check = (value) => typeof value === "boolean";
const isDuration: Check = (value) => typeof value === "number" && Number.isFinite(value) && value > 0;
const isStrings: Check = (value) => Array.isArray(value) && value.every(isString);
const isObject: Check = (value) => typeof value === "object" && value !== null;
const isFunction: Check = (value) => typeof value === "function";
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const optionChecks: Readonly<Record<keyof ConfigManagerOptions, { readonly check: Check; readonly expected: string }>> =
  {
    tokenSeparator: { check: isString, expected: "a string" },
    keySeparator: { check: isString, expected: "a string of one character" },
    enableEnvsubst: { check: isBoolean, expected: "a boolean" },
    envsubstVars: { check: optional(isStrings), expected: "an array of names" },
    lax: { check: isBoolean, expected: "a boolean" },
    laxAll: { check: isBoolean, expected: "a boolean" },
    failOnEmpty: { check: isBoolean, expected: "a boolean" },
    allow: { check: optional(isStrings), expected: "an array of patterns" },
    timeoutMs: { check: isDuration, expected: "a positive number of milliseconds" },
    pluginStartTimeoutMs: { check: isDuration, expected: "a positive number of milliseconds" },
    runTimeoutMs: { check: optional(isDuration), expected: "a positive number of milliseconds" },
    concurrency: { check: (value) => Number.isInteger(value) && (value as number) > 0, expected: "a positive integer" },
    mtls: { check: (value) => value === "auto" || value === "always", expected: '"auto" or "always"' },
    trustPluginModes: { check: isBoolean, expected: "a boolean" },
    locked: { check: optional(isBoolean), expected: "a boolean" },
    stores: { check: isObject, expected: "a Map or an object from prefix to its configuration" },
    context: { check: isObject, expected: "an object" },
    logger: { check: isObject, expected: "an object with isEnabled and log" },
    onProgress: { check: isFunction, expected: "a function" },
    onValues: { check: isFunction, expected: "a function" },
    onReport: { check: isFunction, expected: "a function" },
    trust: { check: (value) => value === "off" || value === "ask", expected: '"off" or "ask"' },
    askTrust: { check: isFunction, expected: "a function" },
    broughtAlong: { check: isObject, expected: "a Map from prefix to what is said" },
  };

/** The settings that options stand for. Throws CM_USAGE for an unknown option or one of the wrong type. */
export function settingsOf(options: ConfigManagerOptions): Settings {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(optionChecks, name)) {
      const near = nearestWord(name, Object.keys(optionChecks));
      throw new ConfigManagerError("CM_USAGE", `"${name}" is no option`, {
        hint: near === undefined ? `use one of ${Object.keys(optionChecks).join(", ")}` : `write "${near}"`,
      });
    }
    const { check, expected } = optionChecks[name as keyof ConfigManagerOptions];
    if (value !== undefined && !check(value)) {
      throw new ConfigManagerError("CM_USAGE", `option "${name}" must be ${expected}`);
    }
  }
  const { stores, ...others } = options;
  const given = Object.entries(others).filter(([, value]) => value !== undefined);
  return {
    ...defaultSettings,
    ...(Object.fromEntries(given) as Partial<Settings>),
    stores: stores instanceof Map ? stores : new Map(Object.entries(stores ?? {})),
  };
}
