import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { exportLines } from "../../internal/write/export-lines.ts";
import { writeOutput } from "../write-output.ts";
import type { RunCommand } from "./command.ts";
import { defaultPath, parseFileMode } from "./output-options.ts";

/** Does `retrieve`: the values of tokens as export lines, or the bytes of one. */
export const runRetrieve: RunCommand = async (args, context) => {
  const { io, manager, reporter } = context;
  const fileMode = parseFileMode(args.one("fileMode"));
  const tokens = args.all("token");
  const isRaw = args.one("format") === "raw";
  if (tokens.length === 0) {
    throw new ConfigManagerError("CM_USAGE", "there is no token", { hint: "name one or more with --token" });
  }
  if (isRaw && tokens.length > 1) {
    throw new ConfigManagerError("CM_USAGE", '"--format raw" writes one token only', { hint: "give one --token" });
  }
  const { values, warnings } = await manager.retrieve(tokens, { signal: io.signal, needsNames: !isRaw });
  const blocks = isRaw ? values.map(({ value }) => value) : [exportLines(values)];
  await reporter.warn(warnings);
  const output = { target: args.one("path") ?? defaultPath, fileMode };
  await Promise.all([writeOutput(blocks, output, context), context.close()]);
};
