import { parseRequest, removePlugin } from "../../host/install/index.ts";
import { ConfigManagerError, ConfigManagerErrors, toErrors } from "../../internal/errors/errors.ts";
import { removedLine } from "../views/installed-lines.ts";
import type { RunCommand } from "./command.ts";
import { placeOf } from "./install-setup.ts";

/** Does `plugin remove`, each plugin for itself. */
export const runPluginRemove: RunCommand = async (args, context) => {
  const { io, settings } = context;
  const place = placeOf(args, context);
  const names = new Set(args.operands.filter((name) => name !== undefined).map(nameOf));
  const errors: ConfigManagerError[] = [];
  for (const name of names) {
    try {
      const removed = await removePlugin({ ...place, name, allPlatforms: args.has("allPlatforms") });
      if (!settings.quiet) await io.stdout.write(removedLine(removed));
    } catch (error) {
      io.signal.throwIfAborted();
      errors.push(...toErrors(error));
    }
  }
  if (errors.length > 0) throw new ConfigManagerErrors(errors);
};

function nameOf(text: string): string {
  const { name, version } = parseRequest(text);
  if (version === undefined) return name;
  throw new ConfigManagerError("CM_USAGE", `"${text}" names a version`, { hint: `write ${name}` });
}
