import { existsSync } from "node:fs";
import path from "node:path";
import type { StoreConfig } from "../internal/config/config.ts";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import type { Logger } from "../internal/log/logger.ts";
import { prefixOfPluginName } from "../internal/token/prefixes.ts";
import { findPlugin, type FoundPlugin } from "./discover.ts";
import type { HostContext } from "./host-context.ts";
import { pluginEnvironment } from "./plugin-environment.ts";
import { type FileFacts, preflight } from "./preflight.ts";
import { statIfThere } from "./stat-if-there.ts";

/** What is executed for a plugin. */
export interface CommandLine {
  /** Absolute. */
  readonly file: string;
  readonly args: readonly string[];
}

/** A plugin that can be launched, for who launches it by other means than a pool. */
export interface RunnablePlugin {
  readonly plugin: FoundPlugin;
  readonly facts: FileFacts;
  readonly command: CommandLine;
  /** What it inherits and what its store adds, without go-plugin's own variables. */
  readonly env: Readonly<Record<string, string>>;
}

/** With a plugin's name behind it: what makes the single-file program serve as that plugin (`cmd/executable.cjs`). */
const servePluginWord = "serve-plugin";

/** How a plugin is executed: by itself, or with the program's own Node or file where it ships with the program. */
export function commandOf(plugin: FoundPlugin, { execPath }: Pick<HostContext, "execPath">): CommandLine {
  const { file, inside, isShipped } = plugin;
  if (!isShipped) return { file, args: [] };
  if (inside !== undefined) return { file: execPath, args: [servePluginWord, inside] };
  // Run with its compiled form, by what lies beside the program (`cmd/plugin.cjs`); not from the sources.
  const runner = path.join(path.dirname(file), "..", "cmd", "plugin.cjs");
  return { file: execPath, args: existsSync(runner) ? [runner, file] : [file] };
}

/**
 * The plugin that a person names: a file when the text is the path of one, else the prefix or plugin name that a run would
 * look for, with the environment of its store. Checked as before a launch.
 *
 * @throws CM_PLUGIN_NOT_FOUND, CM_PLUGIN_UNTRUSTED, CM_PLUGIN_NOT_EXECUTABLE, CM_CONFIG_INVALID
 */
export function findRunnable(
  name: string,
  stores: ReadonlyMap<string, StoreConfig>,
  context: HostContext,
  options: { readonly trustPluginModes: boolean; readonly logger: Logger },
): RunnablePlugin {
  const file = path.resolve(context.cwd, name);
  const prefix = stores.has(name) ? name : prefixOfPluginName(name.toLowerCase());
  const isFile = /[/\\.]/.test(name) || prefix === undefined || statIfThere(file)?.isFile() === true;
  if (isFile && statIfThere(file) === undefined) {
    throw new ConfigManagerError("CM_PLUGIN_NOT_FOUND", `there is no file "${file}"`, {
      hint: "give the path of an executable, or the name of a plugin",
      details: { file },
    });
  }
  const store = isFile ? undefined : stores.get(prefix);
  const plugin: FoundPlugin = isFile
    ? { prefix: path.basename(file), file, isShipped: false, origin: "configuration" }
    : findPlugin(prefix, store, context);
  return {
    plugin,
    // Whoever names a file means that file, wherever it is being built; what a run finds is checked as in a run.
    facts: preflight(plugin, context, { ...options, trustPluginModes: isFile || options.trustPluginModes }),
    command: commandOf(plugin, context),
    env: pluginEnvironment(context.env, store ?? {}, context.platform),
  };
}
