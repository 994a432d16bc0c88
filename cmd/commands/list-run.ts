import { ConfigManagerError, ConfigManagerErrors } from "../../internal/errors/errors.ts";
import type { ScannedToken, TextInput, Warning } from "../../configmanager.ts";
import type { CommandContext } from "../context.ts";
import { readFiles } from "../read-files.ts";
import { reportsAsJson, reportTable } from "../views/token-reports.ts";
import { tokensAsJson, tokenTable } from "../views/token-list.ts";
import { listedAsJson, listedTable } from "../views/listed-values.ts";
import type { CommandArguments, RunCommand } from "./command.ts";

/** Does `list`: shows the tokens that are well formed, then reports the others; the exit code is that of a run. */
export const runList: RunCommand = async (args, context) => {
  const { io, reporter } = context;
  const { blocks, errors, warnings } =
    args.all("under").length > 0 ? await listStores(args, context) : await listFiles(args, context);
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

async function listStores(args: CommandArguments, { manager, io }: CommandContext): Promise<Listing> {
  if (args.operands.length > 0 || args.has("explain")) {
    const other = args.has("explain") ? '"--explain" is' : "files are";
    throw new ConfigManagerError("CM_USAGE", `${other} not for "--under", which lists stores`, {
      hint: "call list twice",
    });
  }
  const { values, warnings } = await manager.listBelow(args.all("under"), { signal: io.signal });
  return { blocks: args.has("json") ? listedAsJson(values) : listedTable(values), errors: [], warnings };
}

async function listFiles(args: CommandArguments, context: CommandContext): Promise<Listing> {
  const inputs = await readFiles(args, context);
  const isJson = args.has("json");
  return args.has("explain") ? explain(inputs, isJson, context) : list(inputs, isJson, context);
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
