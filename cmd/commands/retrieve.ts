import type { CommandSpec } from "./command.ts";
import { fileModeOption, pathOption } from "./output-options.ts";

/** `configmanager retrieve`. */
export const retrieveCommand: CommandSpec = {
  name: "retrieve",
  aliases: ["r", "fetch", "get"],
  summary: "write the values of single tokens as export lines",
  operands: [],
  options: [
    {
      flags: "-t, --token <TOKEN>",
      summary: "a token, or NAME=TOKEN; may be repeated",
      repeats: true,
    },
    pathOption,
    {
      flags: "--format <FORMAT>",
      summary: "export lines for a shell, or the bytes of one token and nothing else",
      choices: ["export", "raw"],
      defaultText: "export",
    },
    fileModeOption,
  ],
  examples: [
    ["configmanager retrieve -t 'AWSSECRETS:///app/db' -p -", "export lines, one for each key of a JSON object"],
    ["configmanager retrieve -t 'DB_PASSWORD=AWSSECRETS:///app/db|password'", "one value under a name, to ./app.env"],
    ["configmanager get -t 'VAULT://secret___app|key' --format raw -p key.pem", "the value as it is"],
  ],
  failureOutcome: "nothing was written",
  load: async () => (await import("./retrieve-run.ts")).runRetrieve,
};
