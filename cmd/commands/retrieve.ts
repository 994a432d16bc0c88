import type { CommandSpec } from "./command.ts";
import { namedValueOptions } from "./named-values.ts";
import { fileModeOption, pathOption, reportOption } from "./output-options.ts";

/** `configmanager retrieve`. */
export const retrieveCommand: CommandSpec = {
  name: "retrieve",
  aliases: ["r", "fetch", "get"],
  summary: "write the values of single tokens as export lines",
  operands: [],
  options: [
    ...namedValueOptions,
    pathOption,
    {
      flags: "--format <FORMAT>",
      summary: "how the values are written; raw is the bytes of one token and nothing else",
      choices: ["export", "dotenv", "json", "yaml", "fish", "powershell", "github", "raw"],
      defaultText: "export",
    },
    fileModeOption,
    reportOption,
  ],
  examples: [
    ["configmanager retrieve -t 'AWSSECRETS:///app/db' -p -", "export lines, one for each key of a JSON object"],
    ["configmanager retrieve -t 'DB_PASSWORD=AWSSECRETS:///app/db|password'", "one value under a name, to ./app.env"],
    ["configmanager retrieve --under AWSPARAMSTR:///app/ --format json -p -", "everything below a path"],
    ["configmanager get -t 'VAULT://secret___app|key' --format raw -p key.pem", "the value as it is"],
  ],
  failureOutcome: "nothing was written",
  load: async () => (await import("./retrieve-run.ts")).runRetrieve,
};
