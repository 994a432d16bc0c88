import { createHash } from "node:crypto";
import { accessSync, constants, createReadStream } from "node:fs";
import type { PluginInspection } from "../../configmanager.ts";
import { findPluginFolders, findPluginPrefixes, type HostContext, platformName } from "../../host/index.ts";
import type { StoreConfig } from "../../internal/config/config.ts";
import { nodeContext, runtimeName } from "../../node-context.ts";
import type { CommandContext } from "../context.ts";
import { exitCodeOfRun } from "../exit-codes.ts";
import { version } from "../version.ts";
import { type Diagnosis, diagnosisAsJson, diagnosisText, type ExaminedPlugin } from "../views/diagnosis.ts";
import type { RunCommand } from "./command.ts";
import { type Note, notesOfPlugin, notesOfStrays } from "./doctor-notes.ts";

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
  const host: HostContext = { ...nodeContext(), env: io.env, cwd: io.cwd, home: io.home };
  const [folders, found, inspections] = await Promise.all([
    findPluginFolders(host),
    findPluginPrefixes(host),
    manager.inspectPlugins(undefined, { signal: io.signal }),
  ]);
  const platform = platformName(host.platform, host.arch);
  const fileSuffix = `-${platform}${host.platform === "win32" ? ".exe" : ""}`;
  // The prefixes that are known to everybody have a plugin only where one was installed.
  const isExpected = ({ prefix }: PluginInspection): boolean => found.has(prefix) || settings.stores.has(prefix);
  const plugins = inspections.filter(isExpected).map(async (inspection): Promise<ExaminedPlugin> => {
    const notes = notesOfPlugin(inspection, folders, fileSuffix);
    return toExamined(inspection, settings.stores.get(inspection.prefix), notes);
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

async function toExamined(
  inspection: PluginInspection,
  store: StoreConfig | undefined,
  notes: readonly Note[],
): Promise<ExaminedPlugin> {
  const { facts } = inspection;
  return { ...inspection, store, sha256: facts === undefined ? undefined : await checksumOf(facts.file), notes };
}

async function checksumOf(file: string): Promise<string | undefined> {
  try {
    const hash = createHash("sha256");
    const stream: AsyncIterable<Uint8Array> = createReadStream(file);
    for await (const chunk of stream) hash.update(chunk);
    return hash.digest("hex");
  } catch {
    // It may be run and not read, or have gone meanwhile; the inspection says what is wrong with it.
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
