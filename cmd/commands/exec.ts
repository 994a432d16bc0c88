import type { CommandSpec } from "./command.ts";
import { namedValueOptions } from "./named-values.ts";
import { reportOption } from "./output-options.ts";
import { watchOptions } from "./watch-options.ts";

/** `configmanager exec`. */
export const execCommand: CommandSpec = {
  name: "exec",
  aliases: [],
  summary: "run a command with values in its environment",
  usage: "[options] -- <command> [arg...]",
  runsCommand: true,
  operands: [{ usage: "[command...]", summary: "the command and its arguments, handed on as they are; no shell" }],
  options: [
    ...namedValueOptions,
    {
      flags: "-E, --env-file <FILE>",
      summary: "a .env file whose values may hold tokens; may be repeated, the last one wins",
      repeats: true,
    },
    { flags: "--resolve-env", summary: "replace tokens in the inherited environment too" },
    { flags: "--pristine", summary: "no inherited environment, only what is named" },
    {
      flags: "--file <TEMPLATE[:PATH]>",
      summary: "render a file for the command alone, into a folder that CONFIGMANAGER_FILES names; may be repeated",
      repeats: true,
    },
    { flags: "--no-mask", summary: "do not replace values in the output of the command by ***" },
    ...watchOptions("start the command again when a file of --env-file or --file changes what it gets, until Ctrl-C"),
    reportOption,
  ],
  examples: [
    ["configmanager exec -t 'DB_PASSWORD=AWSSECRETS:///app/db|password' -- ./migrate.sh", "one value"],
    ["configmanager exec -t 'AWSSECRETS:///app/db' -- npm start", "one variable for each key of a JSON object"],
    ["configmanager exec -E prod.env --pristine -- env", "what stands in the file and nothing else"],
    [
      `configmanager exec --file kubeconfig.tmpl -- sh -c 'kubectl --kubeconfig "$CONFIGMANAGER_FILE" get pods'`,
      "a file that is gone when the command has ended",
    ],
    ["configmanager exec -E dev.env --watch -- npm start", "starts it again when a value is another"],
  ],
  failureOutcome: "nothing was run",
  load: async () => (await import("./exec-run.ts")).runExec,
};
