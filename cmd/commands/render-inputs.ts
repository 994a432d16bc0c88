import type { OutputResult } from "../../internal/write/output-file.ts";
import type { EscapeFormat } from "../../internal/write/escape/formats.ts";
import type { CommandContext } from "../context.ts";
import { type FindOptions, findInputs } from "../inputs/find-inputs.ts";
import type { FoundInputs } from "../inputs/input-source.ts";
import { readInputs } from "../inputs/read-inputs.ts";
import { type MappedInput, mapOutputs, type MapOptions } from "../outputs/map-outputs.ts";
import type { OutputChoice } from "../outputs/output-choice.ts";
import { type WriteOptions, writeResults } from "../write-output.ts";

/** What a command line asks to render, as it is asked for again and again while files are watched. */
export interface RenderJob {
  readonly words: readonly string[];
  readonly find: FindOptions;
  readonly choice: OutputChoice;
  readonly map: MapOptions;
  readonly write: JobWriteOptions;
}

/** How values and outputs are written. */
export interface JobWriteOptions extends WriteOptions {
  readonly escape: EscapeFormat | "auto";
}

/** The inputs of a job as they are now, each with its output. */
export interface JobInputs {
  readonly found: FoundInputs;
  readonly mapped: readonly MappedInput[];
}

/** What became of one input. */
export interface RenderedInput {
  readonly input: MappedInput;
  readonly tokenCount: number;
  readonly result: OutputResult;
}

/** Finds the inputs of a job, and where each goes; rejects with what is wrong about either. */
export async function findJobInputs(job: RenderJob, context: CommandContext): Promise<JobInputs> {
  const found = await findInputs(job.words, context.io, job.find);
  return { found, mapped: mapOutputs(found, job.choice, context.io, job.map) };
}

/**
 * Resolves the tokens of inputs, each distinct request asked once for all of them, and writes the results: all, or none when
 * one input has an error. `whileWriting` runs beside the writing.
 */
export async function renderInputs(
  mapped: readonly MappedInput[],
  { escape, ...write }: JobWriteOptions,
  context: CommandContext,
  whileWriting: () => Promise<void> = async () => {},
): Promise<readonly RenderedInput[]> {
  const { io, manager, reporter, remember } = context;
  const inputs = await readInputs(
    mapped.map(({ source }) => source),
    io,
  );
  for (const input of inputs) remember(input);
  const { outputs, warnings } = await manager.renderAll(
    inputs.map(({ name, bytes }) => ({ bytes, file: name })),
    { signal: io.signal, escape },
  );
  await reporter.warn(warnings);
  const results = mapped.map(({ output }, index) => ({ output, blocks: outputs[index]! }));
  const [written] = await Promise.all([writeResults(results, write, context), whileWriting()]);
  return mapped.map((input, index) => ({ input, tokenCount: outputs[index]!.tokenCount, result: written[index]! }));
}
