import path from "node:path";
import { createChecksumsVerifier, publishedOfLocked } from "../../host/install/index.ts";
import { createDescriber, isPlatformName, lockPlugins } from "../../host/lock/index.ts";
import { ConfigManagerError, type Warning } from "../../internal/errors/errors.ts";
import { lockChangesText } from "../views/lock-changes.ts";
import type { RunCommand } from "./command.ts";
import { hostContext } from "./plugin-list-run.ts";

/** Does `plugin lock`: starts the plugins of this platform, writes the lock, and says what changed in it. */
export const runPluginLock: RunCommand = async (args, { io, settings, reporter }) => {
  const platforms = args.all("platform");
  const wrong = platforms.find((platform) => !isPlatformName(platform));
  if (wrong !== undefined) {
    throw new ConfigManagerError("CM_USAGE", `"${wrong}" of --platform is no platform`, {
      hint: "write it as linux-amd64, darwin-arm64 or windows-amd64",
    });
  }
  const context = hostContext(io);
  const warnings: Warning[] = [];
  await using describer = createDescriber({
    ...settings,
    context,
    logger: reporter.logger,
    signal: io.signal,
    onWarning: (warning) => void warnings.push(warning),
  });
  const results = await lockPlugins({
    context,
    stores: settings.stores,
    names: args.operands.filter((name) => name !== undefined),
    platforms,
    locked: settings.locked,
    describe: describer.describe,
    published: (plugin, lockFile) =>
      publishedOfLocked(plugin, {
        context,
        verifyChecksums: createChecksumsVerifier({}),
        root: path.dirname(path.dirname(lockFile)),
        timeoutMs: settings.timeoutMs,
        signal: io.signal,
      }),
    signal: io.signal,
  });
  await reporter.warn(warnings);
  if (results.length === 0) await reporter.note("there is no plugin to lock");
  else if (!settings.quiet) await io.stdout.write(lockChangesText(results));
};
