import type { HostContext } from "../../host/index.ts";
import { listPlugins } from "../../host/lock/index.ts";
import { nodeContext } from "../../node-context.ts";
import type { Io } from "../io.ts";
import { pluginsAsJson, pluginTable } from "../views/plugin-tables.ts";
import type { RunCommand } from "./command.ts";

/** Does `plugin list`. */
export const runPluginList: RunCommand = async (args, { io, settings, reporter }) => {
  const plugins = listPlugins(hostContext(io), settings.stores);
  for (const block of args.has("json") ? pluginsAsJson(plugins) : pluginTable(plugins)) await io.stdout.write(block);
  if (plugins.length === 0) await reporter.note("there is no plugin");
};

/** The host's surroundings, as this run has them. */
export function hostContext({ env, cwd, home, onProcessExit }: Io): HostContext {
  return { ...nodeContext(), env, cwd, home, onProcessExit };
}
