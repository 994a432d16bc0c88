/**
 * `init`: which plugins are needed, which of them are there and start, and the installing of the others. Not for how one is
 * installed.
 */
import type { PluginInspection } from "../../configmanager.ts";
import { type InstallRequest, lockedNames, parseRequest, publishedNames } from "../../host/install/index.ts";
import {
  ConfigManagerError,
  ConfigManagerErrors,
  isConfigManagerError,
  type Warning,
} from "../../internal/errors/errors.ts";
import type { CommandContext } from "../context.ts";
import { readFiles } from "../read-files.ts";
import { thereLine } from "../views/installed-lines.ts";
import type { CommandArguments, RunCommand } from "./command.ts";
import { installAndTell, type InstallSetup, setUpInstall } from "./install-setup.ts";
import { unknownWords } from "./unknown-words.ts";

/** Does `init`. */
export const runInit: RunCommand = async (args, context) => {
  const warnings: Warning[] = [];
  const setup = setUpInstall(args, context, (warning) => void warnings.push(warning));
  const named = args.all("plugin").map((text) => parseRequest(text));
  if (named.length === 0 && args.operands.length === 0) {
    throw new ConfigManagerError("CM_USAGE", "neither a plugin nor a file is named", {
      hint: "configmanager init --plugin NAME, or configmanager init FILE",
    });
  }
  const used = args.operands.length === 0 ? [] : await prefixesIn(args, context, setup, warnings);
  const prefixes = [...new Set([...named.map(({ name }) => name.toUpperCase()), ...used])];
  const inspections = await context.manager.inspectPlugins(prefixes, { signal: context.io.signal });

  const requests = new Map<string, InstallRequest>();
  const errors: ConfigManagerError[] = [];
  for (const inspection of inspections) {
    const name = pluginOf(inspection.prefix, context);
    const request = named.find((each) => each.name === name) ?? parseRequest(name);
    if (isMissing(inspection, context) || request.version !== undefined || request.update) requests.set(name, request);
    else if (inspection.error !== undefined) errors.push(inspection.error);
    else if (!context.settings.quiet) await context.io.stdout.write(thereLine(name, whereOf(inspection)));
  }
  if (errors.length > 0) throw new ConfigManagerErrors(errors);
  if (prefixes.length === 0) await context.reporter.note("there is no token, so no plugin is needed");
  await installAndTell([...requests.values()], setup, context, warnings);
};

/** The prefixes of the tokens, each store that is made of others replaced by these. */
async function prefixesIn(
  args: CommandArguments,
  context: CommandContext,
  setup: InstallSetup,
  warnings: Warning[],
): Promise<readonly string[]> {
  const { manager, settings } = context;
  const inputs = await readFiles(args, context);
  const installable = await installableNames(setup, warnings);
  const prefixes = new Set<string>();
  const errors: ConfigManagerError[] = [];
  const known = new Set([...(await manager.knownPrefixes()), ...installable.map((name) => name.toUpperCase())]);
  for (const { bytes, file } of inputs) {
    const report = await manager.scan(bytes, { prefixes: [...known], ...(file !== undefined && { file }) });
    errors.push(...report.errors);
    for (const { prefix } of report.tokens) {
      const members = settings.stores.get(prefix)?.members;
      for (const each of members ?? [prefix]) prefixes.add(each.split("://")[0]!);
    }
    warnings.push(...unknownWords(bytes, file, settings.tokenSeparator, known));
  }
  if (errors.length > 0) throw new ConfigManagerErrors(errors);
  return [...prefixes];
}

/** What can be installed beside what is known: by the lock, and by a source that says what it has. */
async function installableNames(setup: InstallSetup, warnings: Warning[]): Promise<readonly string[]> {
  const locked = lockedNames(setup.lockFile);
  const source = setup.from ?? setup.usual;
  if (source === undefined || setup.isLockedRun) return locked;
  try {
    return [...locked, ...(await publishedNames(source, setup))];
  } catch (error) {
    setup.signal?.throwIfAborted();
    if (!isConfigManagerError(error)) throw error;
    warnings.push({ message: error.message, hint: error.hint, code: error.code });
    return locked;
  }
}

function pluginOf(prefix: string, { settings }: CommandContext): string {
  return settings.stores.get(prefix)?.plugin ?? prefix.toLowerCase();
}

function isMissing({ error, prefix }: PluginInspection, { settings }: CommandContext): boolean {
  const store = settings.stores.get(prefix);
  if (store?.path !== undefined) return false;
  // The alias of a plugin that is nowhere is an error of the configuration until it is installed.
  return error?.code === "CM_PLUGIN_NOT_FOUND" || (error?.code === "CM_CONFIG_INVALID" && store?.plugin !== undefined);
}

function whereOf({ origin, facts }: PluginInspection): string {
  return origin === "shipped" ? "ships with the program" : (facts?.file ?? "");
}
