/**
 * The one table of what can be set: flags, variables of the environment, keys of the configuration file, its JSON Schema
 * and the help all come from it. Not for where values come from (`sources.ts`, `parse-file.ts`).
 */
import { defaultProgramSettings, type ProgramSettings, type StoreConfig } from "./config.ts";
import { formatDuration } from "./duration.ts";
import { anyMap, choice, count, duration, list, text, textMap, toggle, type ValueKind } from "./value-kinds.ts";

/** A setting that a flag, the environment and the configuration file can set alike. */
export type SettingKey = Exclude<keyof ProgramSettings, "stores">;

/** One row: a setting and how it is spelled. */
export interface SettingSpec {
  readonly key: SettingKey;
  /** In the configuration file; `--kebab-case` of it is the flag, `CONFIGMANAGER_SNAKE_CASE` the variable. */
  readonly name: string;
  /** The short flag's letter. */
  readonly short?: string;
  /** What stands for the value in the help; absent for a toggle. */
  readonly valueName?: string;
  /** A toggle with a flag for off too, `--no-` before its name: its default is not always off. */
  readonly isNegatable?: true;
  /** The flag may be given several times. */
  readonly repeats?: "whole" | "split";
  readonly kind: ValueKind;
  readonly summary: string;
  /** What the help says about the default; nothing for a toggle that is off. */
  readonly defaultText?: string;
}

const defaults = defaultProgramSettings;
const namePattern = "^[A-Za-z_][A-Za-z0-9_]*$";
const listHint = "separate names by commas";
const maxConcurrency = 10_000;

/** Every setting, in the order of the help. */
export const settingSpecs: readonly SettingSpec[] = [
  {
    key: "tokenSeparator",
    name: "tokenSeparator",
    short: "s",
    valueName: "S",
    kind: text(),
    summary: "what stands between prefix and path",
    defaultText: defaults.tokenSeparator,
  },
  {
    key: "keySeparator",
    name: "keySeparator",
    short: "k",
    valueName: "C",
    kind: text(),
    summary: "the character between path and key path",
    defaultText: defaults.keySeparator,
  },
  {
    key: "enableEnvsubst",
    name: "enableEnvsubst",
    short: "e",
    kind: toggle,
    summary: "expand $VAR and ${VAR} in the input first",
  },
  {
    key: "envsubstVars",
    name: "envsubstVars",
    valueName: "A,B",
    repeats: "split",
    kind: list("a list of names of variables", listHint, namePattern),
    summary: "expand only these variables (with --enable-envsubst)",
    defaultText: "all",
  },
  {
    key: "lax",
    name: "lax",
    kind: toggle,
    summary: "leave tokens whose value is not there, with a warning",
  },
  {
    key: "laxAll",
    name: "laxAll",
    kind: toggle,
    summary: "leave every token whose store or plugin fails, with a warning",
  },
  { key: "failOnEmpty", name: "failOnEmpty", kind: toggle, summary: "make an empty value an error" },
  {
    key: "allow",
    name: "allow",
    valueName: "PATTERN",
    repeats: "whole",
    kind: list(
      "a list of patterns with ://",
      "write a pattern as PREFIX://path, where * stops at / and ** does not",
      "://",
    ),
    summary: "ask only for what matches, such as AWSPARAMSTR:///app/*; may be repeated",
    defaultText: "everything",
  },
  { key: "verbose", name: "verbose", short: "v", kind: toggle, summary: "write a debug log to stderr; never a value" },
  { key: "quiet", name: "quiet", short: "q", kind: toggle, summary: "write errors only" },
  {
    key: "logFormat",
    name: "logFormat",
    valueName: "FORMAT",
    kind: choice(["text", "json"]),
    summary: "how log lines and errors are printed: text or json",
    defaultText: defaults.logFormat,
  },
  {
    key: "color",
    name: "color",
    valueName: "WHEN",
    kind: choice(["auto", "always", "never"]),
    summary: "auto, always or never; NO_COLOR switches auto off",
    defaultText: defaults.color,
  },
  {
    key: "ci",
    name: "ci",
    valueName: "WHEN",
    kind: choice(["auto", "off"]),
    summary: "mask values in the log of GitHub Actions and Azure Pipelines: auto or off",
    defaultText: defaults.ci,
  },
  {
    key: "timeoutMs",
    name: "timeout",
    valueName: "DURATION",
    kind: duration,
    summary: "how long a store may take for an answer",
    defaultText: formatDuration(defaults.timeoutMs),
  },
  {
    key: "pluginStartTimeoutMs",
    name: "pluginStartTimeout",
    valueName: "DURATION",
    kind: duration,
    summary: "how long a plugin may take to start",
    defaultText: formatDuration(defaults.pluginStartTimeoutMs),
  },
  {
    key: "runTimeoutMs",
    name: "runTimeout",
    valueName: "DURATION",
    kind: duration,
    summary: "how long the whole run may take",
    defaultText: "no limit",
  },
  {
    key: "concurrency",
    name: "concurrency",
    valueName: "N",
    kind: count(1, maxConcurrency),
    summary: "calls in flight for one plugin of protocol 1",
    defaultText: String(defaults.concurrency),
  },
  {
    key: "mtls",
    name: "mtls",
    valueName: "WHEN",
    kind: choice(["auto", "always"]),
    summary: "encrypt the way to plugins: auto (on Windows) or always",
    defaultText: defaults.mtls,
  },
  {
    key: "trustPluginModes",
    name: "trustPluginModes",
    kind: toggle,
    summary: "skip the check of a plugin's owner and mode",
  },
  {
    key: "locked",
    name: "locked",
    isNegatable: true,
    kind: toggle,
    summary: "run only plugins that are locked, and change neither lock nor plugins",
    defaultText: "in CI, where there is a lock",
  },
  {
    key: "pluginSource",
    name: "pluginSource",
    valueName: "URL|DIR",
    kind: text("an address or a folder", "write https://host/path, or the path of a folder", "^[^\\u0000]+$"),
    summary: "where plugins are installed from unless their lock or --from says it",
    defaultText: "nowhere",
  },
  {
    key: "trust",
    name: "trust",
    valueName: "WHEN",
    kind: choice(["off", "ask"]),
    summary: "ask for what a working directory brings along, or off; not in its own configuration",
    defaultText: defaults.trust,
  },
];

/** One key of a store's entry under `stores`. */
export interface StoreKeySpec {
  readonly key: keyof StoreConfig;
  readonly name: string;
  readonly kind: ValueKind;
  readonly summary: string;
}

/** What a prefix looks like under `stores`. */
export const prefixPattern = "^[A-Z][A-Z0-9_]*$";

/** What each store of a composite looks like: a prefix, or one with the path that it is asked for. */
export const membersKind: ValueKind = list(
  "a list of stores",
  "write each as PREFIX or PREFIX://path, with {path} or {name} for the path that is asked",
  "^[A-Z][A-Z0-9_]*(?:://[\\s\\S]+)?$",
);

/** Every key of a store's entry. `plugin` and `path` exclude each other. */
export const storeKeySpecs: readonly StoreKeySpec[] = [
  {
    key: "plugin",
    name: "plugin",
    kind: text("the name of a plugin", "write it in lower case, as its folder is named", "^[a-z][a-z0-9_]*$"),
    summary: "The plugin this store is an alias of; a process of its own.",
  },
  {
    key: "path",
    name: "path",
    kind: text("a path", "write the path of an executable", "^[^\\u0000]+$"),
    summary: "The plugin's executable, relative to the folder that holds .configmanager.",
  },
  {
    key: "env",
    name: "env",
    kind: textMap("a mapping from names to texts", "write `NAME: text` pairs", "^[^=\\u0000]+$"),
    summary: "Added to the plugin's environment.",
  },
  {
    key: "inheritEnv",
    name: "inheritEnv",
    kind: list("a list of names", "write names of variables; * at the end stands for any rest", "^[^=*\\u0000]*\\*?$"),
    summary: "What the plugin inherits of the environment; everything unless set.",
  },
  {
    key: "metadata",
    name: "metadata",
    kind: textMap(
      "a mapping from metadata keys to texts",
      "write `key: text` pairs; default and as belong into the token",
      "^(?!(?:default|as)$)[A-Za-z_][A-Za-z0-9_.-]*$",
    ),
    summary: "Metadata of every request, where the token does not set the key.",
  },
  {
    key: "metadataFormat",
    name: "metadataFormat",
    kind: choice(["json", "raw"]),
    summary: "How metadata travels on app protocol 1; json unless set.",
  },
  {
    key: "options",
    name: "options",
    kind: anyMap,
    summary: "Handed to the plugin before it is asked.",
  },
  {
    key: "concurrency",
    name: "concurrency",
    kind: count(1, maxConcurrency),
    summary: "Calls in flight, protocol 1; the run's unless set.",
  },
  { key: "timeoutMs", name: "timeout", kind: duration, summary: "Deadline of a call; the run's unless set." },
];

/** The flag that switches a setting off; undefined when none does. */
export function offFlagOf(spec: SettingSpec): string | undefined {
  return spec.isNegatable === true ? flagOf(spec).replace("--", "--no-") : undefined;
}

/** The long flag of a setting. */
export function flagOf({ name }: SettingSpec): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The variable of the environment that sets it. */
export function variableOf({ name }: SettingSpec): string {
  return `CONFIGMANAGER_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
