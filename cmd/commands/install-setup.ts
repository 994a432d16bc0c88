/** What commands that install plugins make of their flags and settings. Called by `plugin install`, `plugin remove` and `init`. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { type HostContext, isLockedRun } from "../../host/index.ts";
import {
  createChecksumsVerifier,
  type InstalledPlugin,
  type InstallOptions,
  type InstallRequest,
  installPlugins,
  type InstallSource,
  installTarget,
  parseSource,
  readSigner,
} from "../../host/install/index.ts";
import { ConfigManagerError, ConfigManagerErrors, type Warning } from "../../internal/errors/errors.ts";
import type { CommandContext } from "../context.ts";
import { createProcessMark } from "../process-mark.ts";
import { installedLine } from "../views/installed-lines.ts";
import type { CommandArguments } from "./command.ts";
import { hostContext } from "./plugin-list-run.ts";

/** How a command installs. */
export type InstallSetup = Omit<InstallOptions, "requests" | "onInstalled">;

/** Reads flags and settings. Throws CM_USAGE for a source or a public key that is none. */
export function setUpInstall(
  args: CommandArguments,
  context: CommandContext,
  warn: (warning: Warning) => void,
): InstallSetup {
  const { io, settings, reporter } = context;
  const host = hostContext(io);
  const from = args.one("from");
  const key = args.one("publicKey");
  const signer = key === undefined ? undefined : readSigner(key, (file) => readIfThere(path.resolve(io.cwd, file)));
  const received = new Map<string, { readonly received: number; readonly size: number | undefined }>();
  return {
    ...placeOf(args, context, host),
    pool: { ...settings, logger: reporter.logger },
    withoutChecksums: args.has("withoutChecksums"),
    from: from === undefined ? undefined : parseSource(from, io.cwd),
    usual: usualSource(context),
    verifyChecksums: createChecksumsVerifier({ signer }),
    isSignatureAskedFor: signer !== undefined,
    timeoutMs: settings.timeoutMs,
    onWarning: warn,
    onProgress(name, bytes, size) {
      received.set(name, { received: bytes, size });
      reporter.progress({ kind: "downloading", files: received });
    },
  };
}

/** Where a command installs and removes, and what it is besides. */
export function placeOf(
  args: CommandArguments,
  { io, settings }: CommandContext,
  host: HostContext = hostContext(io),
): Pick<InstallSetup, "context" | "pluginsDir" | "lockFile" | "isLockedRun" | "writer" | "signal"> {
  return {
    context: host,
    ...installTarget(host, { home: args.has("home") }),
    isLockedRun: isLockedRun(settings.locked, host),
    writer: createProcessMark(io),
    signal:
      settings.runTimeoutMs === undefined
        ? io.signal
        : AbortSignal.any([io.signal, AbortSignal.timeout(settings.runTimeoutMs)]),
  };
}

/** Installs, and tells of each plugin as soon as it is there. Rejects with the errors of all, after all have been tried. */
export async function installAndTell(
  requests: readonly InstallRequest[],
  setup: InstallSetup,
  { io, reporter, settings }: CommandContext,
  warnings: readonly Warning[],
): Promise<void> {
  const hadLock = existsSync(setup.lockFile);
  const errors = await installPlugins({
    ...setup,
    requests: onceEach(requests),
    async onInstalled(plugin: InstalledPlugin) {
      reporter.endProgress();
      if (!settings.quiet) await io.stdout.write(installedLine(plugin));
    },
  }).catch((error: unknown) => {
    throw isTimeout(error) ? runTimeoutError(settings.runTimeoutMs) : error;
  });
  reporter.endProgress();
  await reporter.warn(warnings);
  if (!hadLock && existsSync(setup.lockFile)) {
    // A home folder is in no repository.
    const { context } = setup;
    const isInHome = context.home !== undefined && setup.lockFile === installTarget(context, { home: true }).lockFile;
    await reporter.note(`locked in "${setup.lockFile}"${isInHome ? "" : ": commit that file"}`);
  }
  if (errors.length > 0) throw new ConfigManagerErrors(errors);
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

function runTimeoutError(runTimeoutMs = 0): ConfigManagerError {
  return new ConfigManagerError("CM_STORE_TIMEOUT", `the run took longer than ${runTimeoutMs / 1000} s`, {
    hint: "raise --run-timeout, or check the source",
  });
}

/** A source of the configuration is seen from the folder that holds `.configmanager`, as paths of stores are. */
function usualSource({ io, settings, sources }: CommandContext): InstallSource | undefined {
  if (settings.pluginSource === undefined) return undefined;
  const origin = sources.originOf("pluginSource");
  const file = origin.kind === "file" ? origin.place.file : undefined;
  const folder = file === undefined ? io.cwd : path.dirname(path.dirname(path.resolve(io.cwd, file)));
  return parseSource(settings.pluginSource, folder);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function onceEach(requests: readonly InstallRequest[]): readonly InstallRequest[] {
  const byName = new Map<string, InstallRequest>();
  for (const request of requests) {
    const other = byName.get(request.name);
    if (other !== undefined && (other.version !== request.version || other.update !== request.update)) {
      throw new ConfigManagerError("CM_USAGE", `"${request.name}" is asked for in two versions`, {
        hint: "name it once",
      });
    }
    byName.set(request.name, request);
  }
  return [...byName.values()];
}
