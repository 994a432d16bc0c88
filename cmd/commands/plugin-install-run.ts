import { type InstallRequest, lockedNames, parseRequest } from "../../host/install/index.ts";
import { ConfigManagerError, type Warning } from "../../internal/errors/errors.ts";
import { shipsWithProgram } from "../../host/index.ts";
import { thereLine } from "../views/installed-lines.ts";
import type { RunCommand } from "./command.ts";
import { installAndTell, setUpInstall } from "./install-setup.ts";

/** Does `plugin install`. */
export const runPluginInstall: RunCommand = async (args, context) => {
  const warnings: Warning[] = [];
  const setup = setUpInstall(args, context, (warning) => void warnings.push(warning));
  const update = args.has("update");
  const named = args.operands.filter((name) => name !== undefined).map((text) => parseRequest(text, update));
  const locked = lockedNames(setup.lockFile);
  if (named.length === 0 && locked.length === 0) {
    throw new ConfigManagerError("CM_USAGE", `no plugin is named, and none is locked in "${setup.lockFile}"`, {
      hint: "configmanager plugin install NAME --from URL",
    });
  }
  const requests =
    named.length > 0 ? named : locked.map((name): InstallRequest => ({ name, version: undefined, update }));
  const knowsSource = (name: string): boolean =>
    setup.from !== undefined || setup.usual !== undefined || locked.includes(name);
  const wanted: InstallRequest[] = [];
  for (const request of requests) {
    if (knowsSource(request.name) || !shipsWithProgram(request.name, setup.context)) wanted.push(request);
    else if (!context.settings.quiet) {
      await context.io.stdout.write(thereLine(request.name, "it ships with the program; --from installs another"));
    }
  }
  await installAndTell(wanted, setup, context, warnings);
};
