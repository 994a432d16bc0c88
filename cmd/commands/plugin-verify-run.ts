import { verifyPlugins } from "../../host/lock/index.ts";
import { ConfigManagerErrors } from "../../internal/errors/errors.ts";
import { verifiedAsJson, verifiedSummary, verifiedTable } from "../views/plugin-tables.ts";
import type { RunCommand } from "./command.ts";
import { hostContext } from "./plugin-list-run.ts";

/** Does `plugin verify`: shows what became of each file, then reports those that are wrong. */
export const runPluginVerify: RunCommand = async (args, { io, settings, reporter }) => {
  const files = await verifyPlugins({
    context: hostContext(io),
    stores: settings.stores,
    names: args.operands.filter((name) => name !== undefined),
    locked: settings.locked,
    signal: io.signal,
  });
  for (const block of args.has("json") ? verifiedAsJson(files) : verifiedTable(files)) await io.stdout.write(block);
  const errors = files.flatMap(({ error }) => error ?? []);
  if (errors.length > 0) throw new ConfigManagerErrors(errors);
  await reporter.note(verifiedSummary(files));
};
