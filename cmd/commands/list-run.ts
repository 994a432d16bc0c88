import { type ConfigManagerError, ConfigManagerErrors } from "../../internal/errors/errors.ts";
import type { ScannedToken, TextInput, Warning } from "../../configmanager.ts";
import type { CommandContext } from "../context.ts";
import { readFiles } from "../read-files.ts";
import { reportsAsJson, reportTable } from "../views/token-reports.ts";
import { tokensAsJson, tokenTable } from "../views/token-list.ts";
import type { RunCommand } from "./command.ts";

/** Does `list`: shows the tokens that are well formed, then reports the others; the exit code is that of a run. */
export const runList: RunCommand = async (args, context) => {
  const { io, reporter } = context;
  const inputs = await readFiles(args, context);
  const isJson = args.has("json");
  const { blocks, errors, warnings } = args.has("explain")
    ? await explain(inputs, isJson, context)
    : await list(inputs, isJson, context);
  reporter.endProgress();
  for (const block of blocks) await io.stdout.write(block);
  await reporter.warn(warnings);
  if (errors.length > 0) throw new ConfigManagerErrors(errors);
};

interface Listing {
  readonly blocks: Iterable<string>;
  readonly errors: readonly ConfigManagerError[];
  readonly warnings: readonly Warning[];
}

async function list(inputs: readonly TextInput[], isJson: boolean, { manager }: CommandContext): Promise<Listing> {
  const tokens: ScannedToken[] = [];
  const errors: ConfigManagerError[] = [];
  const warnings: Warning[] = [];
  for (const { bytes, file } of inputs) {
    const report = await manager.scan(bytes, file === undefined ? {} : { file });
    // One by one: a call takes no more than some ten thousand arguments.
    for (const token of report.tokens) tokens.push(token);
    for (const error of report.errors) errors.push(error);
    for (const warning of report.warnings) warnings.push(warning);
  }
  return { blocks: isJson ? tokensAsJson(tokens) : tokenTable(tokens), errors, warnings };
}

async function explain(
  inputs: readonly TextInput[],
  isJson: boolean,
  { manager, io }: CommandContext,
): Promise<Listing> {
  const { reports, errors, warnings } = await manager.explain(inputs, { signal: io.signal });
  return { blocks: isJson ? reportsAsJson(reports) : reportTable(reports), errors, warnings };
}
