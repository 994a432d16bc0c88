import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { mapOutputs } from "../outputs/map-outputs.ts";
import { choosePath, type OutputChoice } from "../outputs/output-choice.ts";
import { findFiles, readSources } from "../read-files.ts";
import { isThere, readInput } from "../read-input.ts";
import { comparisonLines, comparisonsAsJson } from "../views/comparison.ts";
import type { Io } from "../io.ts";
import type { RunCommand } from "./command.ts";
import { parseEscape } from "./output-options.ts";

/** The exit code of a `diff` that found a difference. */
const differs = 9;

/** Does `diff`: compares what a run would write to what is there. */
export const runDiff: RunCommand = async (args, context) => {
  const { io, manager, reporter } = context;
  const path = args.one("path");
  if (path === undefined) {
    throw new ConfigManagerError("CM_USAGE", "there is no output to compare with", { hint: "name it with -p" });
  }
  const found = await findFiles(args, context);
  const mapped = mapOutputs(found, chooseExisting(path, io), io, { folderFlag: "--path", backupSuffix: undefined });
  const inputs = await readSources(
    mapped.map(({ source }) => source),
    context,
  );
  const outputs = mapped.map(({ output }) => output!.name);
  const compared = await Promise.all(
    inputs.map(async ({ bytes, file }, index) => {
      const output = outputs[index]!;
      return { bytes, file, existing: isThere(output, io) ? (await readInput(output, io)).bytes : undefined };
    }),
  );
  const escape = parseEscape(args.one("escape"), "auto");
  const { inputs: comparisons, warnings } = await manager.compare(compared, { signal: io.signal, escape });
  reporter.endProgress();
  const named = comparisons.map((comparison, index) => ({
    input: inputs[index]!.file ?? "-",
    output: outputs[index]!,
    comparison,
  }));
  await io.stdout.write(args.has("json") ? comparisonsAsJson(named) : named.map(comparisonLines).join(""));
  await reporter.warn(warnings);
  return comparisons.every(({ status }) => status === "same") ? 0 : differs;
};

// The same as a run with this `-p` would write to.
function chooseExisting(path: string, io: Io): OutputChoice {
  const choice = choosePath(path, io);
  if (choice.kind !== "stdout") return choice;
  throw new ConfigManagerError("CM_USAGE", `"${path}" is no output to compare with`, { hint: "name a file with -p" });
}
