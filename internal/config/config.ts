/** One store of the configuration; `docs/configuration.md` has the meaning of each key. */
export interface StoreConfig {
  /** Another plugin's name: this store is an alias, a process of its own. */
  readonly plugin?: string | undefined;
  /** The executable itself, absolute once loaded. */
  readonly path?: string | undefined;
  /**
   * A composite store: others in order, `PREFIX` or `PREFIX://path` with `{path}` and `{name}` for the path that is asked.
   * The first that has the value wins. Nothing else is set beside it.
   */
  readonly members?: readonly string[] | undefined;
  /** Added to the plugin's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** What the plugin inherits of the environment: names, `*` at the end stands for any rest. Everything unless set. */
  readonly inheritEnv?: readonly string[] | undefined;
  /** Metadata for every request, where the token does not set the key. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** How metadata travels on app protocol 1; `json` unless set. */
  readonly metadataFormat?: "json" | "raw" | undefined;
  /** Handed to the plugin through `Configure`. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** Calls in flight, protocol 1; the run's unless set. */
  readonly concurrency?: number | undefined;
  /** Deadline of a call in milliseconds; the run's unless set. */
  readonly timeoutMs?: number | undefined;
}

/** The settings of a run, everything decided: flag, environment, configuration file, default, in this order. */
export interface Settings {
  readonly tokenSeparator: string;
  readonly keySeparator: string;
  readonly enableEnvsubst: boolean;
  /** Only these variables are expanded; undefined: all. */
  readonly envsubstVars: readonly string[] | undefined;
  readonly lax: boolean;
  readonly laxAll: boolean;
  readonly failOnEmpty: boolean;
  /** Undefined: everything may be asked. */
  readonly allow: readonly string[] | undefined;
  readonly timeoutMs: number;
  readonly pluginStartTimeoutMs: number;
  /** Undefined: none. */
  readonly runTimeoutMs: number | undefined;
  readonly concurrency: number;
  readonly mtls: "auto" | "always";
  readonly trustPluginModes: boolean;
  /** Whether every plugin that does not ship has to be locked; undefined: in CI, where there is a lock. */
  readonly locked: boolean | undefined;
  /** `ask`: what a working directory brings along is used when it is trusted; `off`: always. */
  readonly trust: "off" | "ask";
  /** By prefix, upper case. */
  readonly stores: ReadonlyMap<string, StoreConfig>;
}

/** What holds where nothing is set. */
export const defaultSettings: Settings = {
  tokenSeparator: "://",
  keySeparator: "|",
  enableEnvsubst: false,
  envsubstVars: undefined,
  lax: false,
  laxAll: false,
  failOnEmpty: false,
  allow: undefined,
  timeoutMs: 60_000,
  pluginStartTimeoutMs: 10_000,
  runTimeoutMs: undefined,
  concurrency: 16,
  mtls: "auto",
  trustPluginModes: false,
  locked: undefined,
  trust: "off",
  stores: new Map(),
};

/** How the program prints; flags, environment and configuration files set these too, the library has no use for them. */
export interface PrintSettings {
  /** Debug records on stderr. */
  readonly verbose: boolean;
  /** Errors only. */
  readonly quiet: boolean;
  readonly logFormat: "text" | "json";
  readonly color: "auto" | "always" | "never";
  /** Whether values are masked in the log of a CI runner: `auto` where one is recognised. */
  readonly ci: "auto" | "off";
}

/** What commands that install plugins go by; the library has no use for it. */
export interface InstallSettings {
  /** Where plugins come from unless their lock or the command line says it: an address, or a folder. */
  readonly pluginSource: string | undefined;
}

/** Every setting of the program. */
export interface ProgramSettings extends Settings, PrintSettings, InstallSettings {}

/** What holds for the program where nothing is set. */
export const defaultProgramSettings: ProgramSettings = {
  ...defaultSettings,
  verbose: false,
  quiet: false,
  logFormat: "text",
  color: "auto",
  ci: "auto",
  pluginSource: undefined,
};
