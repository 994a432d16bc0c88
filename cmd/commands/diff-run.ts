import { basename, isAbsolute, join, normalize, sep } from "node:path";
import type { TextInput } from "../../configmanager.ts";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { readFiles } from "../read-files.ts";
import { isFolder, isThere, readInput } from "../read-input.ts";
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
  const inputs = await readFiles(args, context);
  const outputs = outputsOf(inputs, path, io);
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

// One output for each input; below a folder it is named as its input is.
function outputsOf(inputs: readonly TextInput[], path: string, io: Io): readonly string[] {
  if (path === "-" || path === "stdout") {
    throw new ConfigManagerError("CM_USAGE", `"${path}" is no output to compare with`, { hint: "name a file with -p" });
  }
  if (inputs.length === 1 && !/[\\/]$/.test(path) && !isFolder(path, io)) return [path];
  const outputs = inputs.map(({ file = "-" }) => {
    if (file === "-") {
      throw new ConfigManagerError("CM_USAGE", "standard input has no name in a folder", {
        hint: "name a file with -p",
      });
    }
    const name = normalize(file);
    return join(path, isAbsolute(name) || name.startsWith(`..${sep}`) ? basename(name) : name);
  });
  const twice = outputs.find((output, index) => outputs.indexOf(output) !== index);
  if (twice === undefined) return outputs;
  throw new ConfigManagerError("CM_USAGE", `"${twice}" is the output of two inputs`, {
    hint: "compare them one by one",
  });
}
