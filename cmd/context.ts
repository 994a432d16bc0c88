/**
 * What a command works with: settings decided, the facade, the reporter. Not for what commands do.
 * Opened once for a run by `run.ts`, closed when the command is done.
 */
import { readFileSync, realpathSync } from "node:fs";
import type * as facade from "../configmanager.ts";
import { type BroughtStore, storesBroughtAlong } from "../internal/config/brought-along.ts";
import type { ProgramSettings } from "../internal/config/config.ts";
import { loadConfigFiles } from "../internal/config/load.ts";
import { type MergedSettings, mergeSettings } from "../internal/config/merge.ts";
import type { SettingLayer, SettingOrigin } from "../internal/config/sources.ts";
import { ConfigManagerError, isConfigManagerError } from "../internal/errors/errors.ts";
import type { CommandSpec } from "./commands/command.ts";
import type { Io } from "./io.ts";
import type { Input } from "./read-input.ts";
import type { Reporter } from "./reporter.ts";

/** The part of the facade that the program uses. */
export type Facade = Pick<typeof facade, "createConfigManager" | "lineAt">;

/** What a command works with. */
export interface CommandContext {
  readonly io: Io;
  readonly settings: ProgramSettings;
  /** Where the settings come from. */
  readonly sources: LoadedSettings;
  readonly manager: facade.ConfigManager;
  readonly reporter: Reporter;
  /** Masks values in the log of a CI runner, where there is one; those that the manager gets are masked by themselves. */
  readonly maskInCi: (values: Iterable<Uint8Array>) => Promise<void>;
  /** Every command there is. */
  readonly commands: readonly CommandSpec[];
  /** Keeps an input at hand, so that an error can quote its line. */
  readonly remember: (input: Input) => unknown;
  /** From now on the values of `onValues` go to this listener too, before the call that asked for them is over. */
  readonly listenToValues: (listener: (values: readonly Uint8Array[]) => void) => void;
  /** Ends the plugins; may be called again. */
  readonly close: () => Promise<void>;
}

/** Settings, where each comes from, and the configuration files that were read. */
export interface LoadedSettings extends MergedSettings {
  /** Absolute, nearest first. */
  readonly files: readonly string[];
  /** What the working directory's configuration makes plugins do; none where nobody asks for trust. */
  readonly broughtAlong: ReadonlyMap<string, BroughtStore>;
}

/** Settings from flags, environment, files and defaults. Throws CM_CONFIG_INVALID, CM_CONFIG_NOT_FOUND, CM_USAGE, all faults together. */
export async function readSettings(
  fromFlagsAndEnvironment: readonly SettingLayer[],
  configFile: unknown,
  io: Io,
): Promise<LoadedSettings> {
  const found: string[] = [];
  const layers = await loadConfigFiles({
    env: io.env,
    cwd: io.cwd,
    home: io.home,
    configFile: typeof configFile === "string" ? configFile : io.env["CONFIGMANAGER_CONFIG"] || undefined,
    readFile(path) {
      const bytes = readConfigFile(path);
      if (bytes !== undefined) found.push(path);
      return bytes;
    },
    isSameFolder,
  });
  const merged = mergeSettings([...fromFlagsAndEnvironment, ...layers]);
  checkTogether(merged);
  const broughtAlong = merged.settings.trust === "off" ? new Map<string, never>() : storesBroughtAlong(layers);
  return { ...merged, files: found, broughtAlong };
}

/** What a folder's configuration makes plugins do where that folder is the working directory. Throws CM_CONFIG_INVALID. */
export async function readBroughtAlong(
  folder: string,
  { home }: Pick<Io, "home">,
): Promise<ReadonlyMap<string, BroughtStore>> {
  const layers = await loadConfigFiles({ env: {}, cwd: folder, home, readFile: readConfigFile, isSameFolder });
  mergeSettings(layers);
  return storesBroughtAlong(layers);
}

/** Who hears of values and of what became of tokens, and who is asked for trust. */
export type ManagerListeners = Pick<facade.ConfigManagerOptions, "onValues" | "onReport" | "askTrust">;

/** A facade with these settings. Throws CM_TOKEN_SEPARATOR_INVALID or CM_KEY_SEPARATOR_INVALID, naming where it was set. */
export function openManager(
  { createConfigManager }: Facade,
  merged: LoadedSettings,
  io: Io,
  { logger, progress }: Pick<Reporter, "logger" | "progress">,
  { onValues, onReport, askTrust }: ManagerListeners = {},
): facade.ConfigManager {
  const {
    verbose: _verbose,
    quiet: _quiet,
    logFormat: _logFormat,
    color: _color,
    ci: _ci,
    pluginSource: _pluginSource,
    ...settings
  } = merged.settings;
  const { env, cwd, home, onProcessExit } = io;
  try {
    return createConfigManager({
      ...settings,
      context: { env, cwd, home, onProcessExit },
      logger,
      onProgress: progress,
      ...(onValues && { onValues }),
      ...(onReport && { onReport }),
      ...(settings.trust === "ask" && { broughtAlong: merged.broughtAlong, ...(askTrust && { askTrust }) }),
    });
  } catch (error) {
    throw isConfigManagerError(error) ? withOrigin(error, merged) : error;
  }
}

function readConfigFile(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new ConfigManagerError("CM_CONFIG_INVALID", `the configuration file "${path}" cannot be read (${code})`, {
      cause: error,
    });
  }
}

function checkTogether({ settings, originOf }: MergedSettings): void {
  if (settings.verbose && settings.quiet && originOf("verbose").kind === originOf("quiet").kind) {
    throw new ConfigManagerError("CM_USAGE", '"--verbose" and "--quiet" exclude each other', {
      hint: "set one of them",
    });
  }
  if (originOf("envsubstVars").kind === "flag" && !settings.enableEnvsubst) {
    throw new ConfigManagerError("CM_USAGE", '"--envsubst-vars" says nothing without "--enable-envsubst"', {
      hint: "add -e",
    });
  }
}

function withOrigin(error: ConfigManagerError, { originOf }: MergedSettings): ConfigManagerError {
  if (error.code !== "CM_TOKEN_SEPARATOR_INVALID" && error.code !== "CM_KEY_SEPARATOR_INVALID") return error;
  const own = originOf(error.code === "CM_KEY_SEPARATOR_INVALID" ? "keySeparator" : "tokenSeparator");
  const other = originOf(error.code === "CM_KEY_SEPARATOR_INVALID" ? "tokenSeparator" : "keySeparator");
  // A separator that was not set is at fault only together with the other one.
  const origin = own.kind === "default" ? other : own;
  const source = originText(origin);
  return new ConfigManagerError(error.code, source === undefined ? error.message : `${error.message} (${source})`, {
    hint: error.hint,
    place: origin.kind === "file" ? origin.place : undefined,
    cause: error,
  });
}

function originText(origin: SettingOrigin): string | undefined {
  switch (origin.kind) {
    case "flag":
      return `from ${origin.flag}`;
    case "environment":
      return `from ${origin.variable}`;
    case "file":
      return "from the configuration";
    case "default":
      break;
  }
  return undefined;
}

function isSameFolder(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}
