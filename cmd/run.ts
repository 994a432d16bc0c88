/**
 * One run of the program: parse, execute, report, exit code. Everything it touches is handed in.
 * Called by `main.ts`, and by tests in process.
 */
import type { PrintSettings } from "../internal/config/config.ts";
import { mergeSettings } from "../internal/config/merge.ts";
import { readEnvironment, readFlags, type SettingLayer } from "../internal/config/sources.ts";
import { ConfigManagerErrors, isConfigManagerErrors, toErrors } from "../internal/errors/errors.ts";
import type { TokenReport } from "../configmanager.ts";
import { ciMasks } from "./ci-masks.ts";
import type { CommandSpec } from "./commands/command.ts";
import { type CommandContext, type Facade, openManager, readSettings } from "./context.ts";
import { exitCodeOfRun } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { commandSpecs, createProgram, type GivenOptions, type ProgramPorts, toUsageError } from "./program.ts";
import type { Input } from "./read-input.ts";
import { createReporter, type Reporter } from "./reporter.ts";
import { checkReportTarget, writeRunReport } from "./run-report.ts";

/** What a run is made with beside its surroundings. */
export interface RunDependencies {
  /** Loads the facade; called only when a command needs it. */
  readonly loadFacade: () => Promise<Facade>;
}

const ownFacade: RunDependencies = { loadFacade: () => import("../configmanager.ts") };

/** Runs a command line (without the program's name) and resolves to the exit code. Everything that goes wrong is reported on stderr. */
export async function run(
  argv: readonly string[],
  io: Io,
  { loadFacade }: RunDependencies = ownFacade,
): Promise<number> {
  const shown: Promise<void>[] = [];
  // What is known of the run so far, for the report of an error that ends it.
  let spec: CommandSpec | undefined;
  let reporter: Reporter | undefined;
  let exitCode = 0;

  const execute: ProgramPorts["execute"] = async (command, args, globalFlags) => {
    spec = command;
    const target = args.one("report");
    if (target !== undefined) checkReportTarget(target);
    const [facade, runCommand, merged] = await Promise.all([
      loadFacade(),
      command.load(),
      readSettings(textLayers(globalFlags, io), globalFlags["config"], io),
    ]);
    const inputs = new Map<string | undefined, Uint8Array>();
    reporter = createReporter(io, merged.settings, (place) => {
      const bytes = inputs.get(place.file);
      return bytes === undefined ? undefined : facade.lineAt(bytes, place);
    });
    const maskInCi = async (values: Iterable<Uint8Array>): Promise<void> => {
      const masks = ciMasks(values, io.env, merged.settings);
      if (masks !== "") await io.stderr.write(masks);
    };
    const reports: (readonly TokenReport[])[] = [];
    let takeValues: Parameters<CommandContext["listenToValues"]>[0] | undefined;
    const manager = openManager(facade, merged, io, reporter, {
      onValues(values) {
        takeValues?.(values);
        return maskInCi(values);
      },
      // Unless it is asked for, nobody holds what became of each token of a run that may be long.
      async askTrust(brought) {
        reporter?.endProgress();
        const { askTrust } = await import("./ask-trust.ts");
        return askTrust(brought, io);
      },
      ...(target !== undefined && { onReport: (added: readonly TokenReport[]) => void reports.push(added) }),
    });
    const failures: unknown[] = [];
    let closed: Promise<void> | undefined;
    const close = (): Promise<void> => {
      closed ??= Promise.resolve(manager[Symbol.asyncDispose]());
      return closed;
    };
    try {
      const remember = (input: Input): unknown => inputs.set(input.name, input.bytes);
      const listenToValues: CommandContext["listenToValues"] = (listener) => void (takeValues = listener);
      const { settings } = merged;
      const context: CommandContext = {
        io,
        settings,
        sources: merged,
        manager,
        reporter,
        maskInCi,
        commands: commandSpecs,
        remember,
        listenToValues,
        close,
      };
      exitCode = (await runCommand(args, context)) ?? 0;
    } catch (error) {
      failures.push(error);
    }
    reporter.endProgress();
    await close();
    if (target !== undefined) {
      await writeRunReport(target, reports.flat(), io).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw joinErrors(failures);
  };

  const program = createProgram({
    execute,
    argv,
    writeOut: (text) => shown.push(io.stdout.write(text)),
    writeErr: (text) => shown.push(io.stderr.write(text)),
    helpColumns: () => io.stdout.columns,
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (thrown) {
    const end = toUsageError(thrown, program);
    if ("exitCode" in end) return end.exitCode;
    const errors = toErrors(end.error);
    reporter ??= createReporter(io, earlyPrintSettings(program.opts(), io), () => undefined);
    if (isConfigManagerErrors(end.error)) await reporter.warn(end.error.warnings);
    await reporter.fail(errors, spec?.failureOutcome);
    return exitCodeOfRun(errors);
  } finally {
    await Promise.all(shown);
  }
}

// What failed and what failed after it are one report.
function joinErrors(failures: readonly unknown[]): unknown {
  if (failures.length === 1) return failures[0];
  const warnings = failures.flatMap((failure) => (isConfigManagerErrors(failure) ? failure.warnings : []));
  return new ConfigManagerErrors(failures.flatMap(toErrors), warnings);
}

function textLayers(globalFlags: GivenOptions, io: Io): readonly SettingLayer[] {
  return [readFlags(globalFlags), readEnvironment(io.env)];
}

// How an error is printed that came before the settings were known: as far as flags and environment say.
function earlyPrintSettings(globalFlags: GivenOptions, io: Io): PrintSettings {
  return mergeSettings(textLayers(globalFlags, io).map(({ values, stores }) => ({ values, stores, errors: [] })))
    .settings;
}
