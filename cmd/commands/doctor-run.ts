import { accessSync, constants } from "node:fs";
import type { PluginInspection } from "../../configmanager.ts";
import { createLockLookup, findPluginFolders, findPluginPrefixes, platformName } from "../../host/index.ts";
import { hashFile } from "../../host/lock/index.ts";
import { runtimeName } from "../../node-context.ts";
import type { CommandContext } from "../context.ts";
import { exitCodeOfRun } from "../exit-codes.ts";
import { version } from "../version.ts";
import {
  type Diagnosis,
  diagnosisAsJson,
  diagnosisText,
  type ExaminedPlugin,
  type LockState,
} from "../views/diagnosis.ts";
import type { RunCommand } from "./command.ts";
import { notesOfPlugin, notesOfStrays } from "./doctor-notes.ts";
import { hostContext } from "./plugin-list-run.ts";

/** Does `doctor`: looks at everything, and ends with the exit code of what keeps a plugin from working. */
export const runDoctor: RunCommand = async (args, context) => {
  const { io, reporter } = context;
  const diagnosis = await examine(context);
  await io.stdout.write(args.has("json") ? diagnosisAsJson(diagnosis) : diagnosisText(diagnosis));
  const errors = diagnosis.plugins.flatMap(({ error }) => error ?? []);
  const counted = errors.length === 1 ? "1 problem" : `${errors.length} problems`;
  await reporter.note(errors.length === 0 ? "nothing is wrong" : counted);
  return exitCodeOfRun(errors);
};

async function examine({ io, manager, settings, sources }: CommandContext): Promise<Diagnosis> {
  const host = hostContext(io);
  const [folders, found, inspections] = await Promise.all([
    findPluginFolders(host),
    findPluginPrefixes(host),
    manager.inspectPlugins(undefined, { signal: io.signal }),
  ]);
  const platform = platformName(host.platform, host.arch);
  const fileSuffix = `-${platform}${host.platform === "win32" ? ".exe" : ""}`;
  // The prefixes that are known to everybody have a plugin only where one was installed.
  const isExpected = ({ prefix }: PluginInspection): boolean => found.has(prefix) || settings.stores.has(prefix);
  const lookUp = createLockLookup(host);
  const checksumOf = createHasher();
  const plugins = inspections.filter(isExpected).map(async (inspection): Promise<ExaminedPlugin> => {
    const notes = notesOfPlugin(inspection, folders, fileSuffix);
    const sha256 = await checksumOf(inspection.facts?.file);
    const store = settings.stores.get(inspection.prefix);
    return withMore(inspection, { store, sha256, lock: lockStateOf(inspection, sha256, lookUp), notes });
  });
  return {
    version,
    runtime: runtimeName(),
    platform,
    configFiles: sources.files,
    sockets: host.platform === "win32" ? undefined : { folder: host.tempDir, isWritable: isWritable(host.tempDir) },
    plugins: await Promise.all(plugins),
    absent: inspections.filter((inspection) => !isExpected(inspection)).map(({ prefix }) => prefix),
    strays: notesOfStrays(folders),
  };
}

function withMore(inspection: PluginInspection, more: Omit<ExaminedPlugin, keyof PluginInspection>): ExaminedPlugin {
  return { ...inspection, ...more };
}

// Plugins may be inside one file, which is read once.
function createHasher(): (file: string | undefined) => Promise<string | undefined> {
  const known = new Map<string, Promise<string | undefined>>();
  return async (file) => {
    if (file === undefined) return undefined;
    const hashed =
      known.get(file) ??
      hashFile(file).then(
        ({ checksum }) => checksum.slice("sha256:".length),
        // It may be run and not read, or have gone meanwhile; the inspection says what is wrong with it.
        () => undefined,
      );
    known.set(file, hashed);
    return hashed;
  };
}

function lockStateOf(
  { prefix, origin, facts }: PluginInspection,
  sha256: string | undefined,
  lookUp: ReturnType<typeof createLockLookup>,
): LockState | undefined {
  if (facts === undefined || origin === undefined || origin === "shipped") return undefined;
  try {
    const entry = lookUp({ prefix, file: facts.file, origin });
    if (entry.kind === "no lock") return undefined;
    if (entry.kind !== "named") return { file: entry.lockFile, state: "not locked" };
    return { file: entry.lockFile, state: entry.checksum === `sha256:${sha256}` ? "as locked" : "differs" };
  } catch {
    // The inspection has the error of a lock that cannot be read.
    return undefined;
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
