import type { SyncResult } from "../../configmanager.ts";
import { ConfigManagerError, ConfigManagerErrors } from "../../internal/errors/errors.ts";
import { escapeControls } from "../../internal/errors/redact.ts";
import { readFiles } from "../read-files.ts";
import type { RunCommand } from "./command.ts";

/** Does `sync`: copies values into another store and says what was written where, never a value. */
export const runSync: RunCommand = async (args, context) => {
  const { io, manager, reporter, settings } = context;
  const target = args.one("to");
  if (target === undefined) {
    throw new ConfigManagerError("CM_USAGE", "there is no store to copy to", {
      hint: "name it with --to, such as --to LOCAL",
    });
  }
  const inputs = await readFiles(args, context);
  const dryRun = args.has("dryRun");
  const { results, warnings } = await manager.sync(inputs, target, {
    createOnly: args.has("createOnly"),
    dryRun,
    signal: io.signal,
    // At once: whoever interrupts the rest has to know what is there already.
    async onResult(result) {
      reporter.endProgress();
      if (!settings.quiet && result.error === undefined) await io.stdout.write(resultLine(result, dryRun));
    },
  });
  await reporter.warn(warnings);
  if (results.length === 0) await reporter.note("there is nothing to copy");
  const errors = results.flatMap(({ error }) => error ?? []);
  if (errors.length > 0) throw new ConfigManagerErrors(errors);
};

function resultLine({ sources, reference, version }: SyncResult, isDry: boolean): string {
  const says = [
    `${isDry ? "would write" : "written"}: ${reference.text}`,
    ...(version === undefined ? [] : [`version ${version}`]),
    `from ${sources.join(" and ")}`,
  ];
  return `${escapeControls(says.join(", "))}\n`;
}
