import { belowItems } from "../../internal/write/below-items.ts";
import type { ExportItem } from "../../internal/write/export-entries.ts";
import type { CommandContext } from "../context.ts";
import type { CommandArguments, OptionSpec } from "./command.ts";

/** The flag for everything below a path. */
export const underOption: OptionSpec = {
  flags: "--under <PATH>",
  summary: "all values below a path of a store, such as AWSPARAMSTR:///app/; may be repeated",
  repeats: true,
};

/** The flags that name values for variables. */
export const namedValueOptions: readonly OptionSpec[] = [
  { flags: "-t, --token <TOKEN>", summary: "a token, or NAME=TOKEN; may be repeated", repeats: true },
  underOption,
];

/** The values that `-t` and `--under` name, those of tokens first; warnings are shown. Rejects with all errors of either. */
export async function readNamedValues(
  args: CommandArguments,
  { io, manager, reporter }: CommandContext,
  { needsNames }: { readonly needsNames: boolean },
): Promise<readonly ExportItem[]> {
  const [tokens, locations] = [args.all("token"), args.all("under")];
  const items: ExportItem[] = [];
  if (tokens.length > 0) {
    const { values, warnings } = await manager.retrieve(tokens, { signal: io.signal, needsNames });
    await reporter.warn(warnings);
    items.push(...values);
  }
  if (locations.length > 0) {
    const { values, warnings } = await manager.listBelow(locations, { signal: io.signal });
    await reporter.warn(warnings);
    items.push(...belowItems(values));
  }
  return items;
}
