/** `--watch`: a job done again whenever its files change, with the plugins kept running. Loaded when that is asked for. */
import { ConfigManagerError, ConfigManagerErrors } from "../../internal/errors/errors.ts";
import type { JobInputs, RenderedInput } from "../commands/render-inputs.ts";
import type { CommandContext } from "../context.ts";
import type { MappedInput } from "../outputs/map-outputs.ts";
import type { Reporter } from "../reporter.ts";
import { type Watched, type WatchEvent, watchInputs, type WatchInputsOptions } from "./watch-inputs.ts";
import { tellConfigChange, tellFailure } from "./watch-reports.ts";

/** What is done again and again. */
export interface WatchedJob {
  readonly find: () => Promise<JobInputs>;
  readonly render: (mapped: readonly MappedInput[]) => Promise<readonly RenderedInput[]>;
}

/**
 * Renders at the start, whenever a file changes, and every `storesMs`, until the signal comes. A run that fails is reported,
 * and its last outputs stay. Rejects with CM_USAGE for what cannot be watched, and with the signal's reason.
 */
export async function watchJob(job: WatchedJob, storesMs: number | undefined, context: CommandContext): Promise<never> {
  const { io, reporter } = context;
  const configFiles = context.sources.files;
  let mapped: readonly MappedInput[] | undefined;
  const find = async (): Promise<Watched> => {
    const next = await job.find();
    refuseUnwatchable(next.mapped);
    await tellRemoved(mapped ?? [], next.mapped, reporter);
    mapped = next.mapped;
    return { files: [...next.mapped.map(pathOf), ...configFiles], folders: next.found.folders };
  };
  const onChange = async (event: WatchEvent): Promise<void> => {
    if (await tellConfigChange(event, configFiles, reporter)) return;
    try {
      const rendered = await job.render(mapped ?? []);
      reporter.endProgress();
      if (event.reason !== "time" || rendered.some(({ result }) => result === "written"))
        await reporter.note(summary(rendered));
    } catch (error) {
      io.signal.throwIfAborted();
      await tellFailure(error, outcome, reporter);
    }
  };
  const onLost: WatchInputsOptions["onLost"] = (errors) =>
    tellFailure(new ConfigManagerErrors(errors), outcome, reporter);
  return watchInputs({ find, onChange, onLost, everyMs: storesMs, signal: io.signal });
}

const outcome = "the last outputs stay as they are";

function refuseUnwatchable(mapped: readonly MappedInput[]): void {
  for (const input of mapped) {
    const { source, output } = input;
    if (source.path === undefined) {
      throw refusal(`${source.text === undefined ? "standard input" : "a text"} cannot be watched`, "name a file");
    }
    if (output === undefined) throw refusal("--watch needs an output file", "name one, or a folder");
    if (output.path === source.path) {
      throw refusal(`"${output.name}" would be watched and written`, "name another output, or leave out --watch");
    }
  }
}

function refusal(message: string, hint: string): ConfigManagerError {
  return new ConfigManagerError("CM_USAGE", message, { hint });
}

async function tellRemoved(
  before: readonly MappedInput[],
  now: readonly MappedInput[],
  reporter: Reporter,
): Promise<void> {
  const left = new Set(now.map(pathOf));
  for (const input of before) {
    if (left.has(pathOf(input))) continue;
    await reporter.note(`${input.source.name} is gone; its output ${input.output?.name} stays`);
  }
}

// Whatever has none was refused.
function pathOf({ source }: MappedInput): string {
  return source.path ?? "";
}

function summary(rendered: readonly RenderedInput[]): string {
  const isOne = rendered.length === 1;
  const tokens = rendered.reduce((sum, { tokenCount }) => sum + tokenCount, 0);
  const written = rendered.filter(({ result }) => result === "written").length;
  const subject = isOne ? rendered[0]?.input.output?.name : counted(rendered.length, "file");
  const what = written === 0 ? "unchanged" : isOne ? "written" : `${written} written`;
  return `${subject}: ${counted(tokens, "token")}, ${what} ${new Date().toTimeString().slice(0, 8)}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
