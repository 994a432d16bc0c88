import type { CommandSpec } from "./command.ts";

/** `configmanager insert`. */
export const insertCommand: CommandSpec = {
  name: "insert",
  aliases: ["i", "send", "put"],
  summary: "write values into stores",
  operands: [],
  options: [
    {
      flags: "--config-pair <PAIR>",
      summary:
        "where to, as a token, or TOKEN=VALUE; without =VALUE it is asked for, or read from standard input; may be repeated",
      repeats: true,
    },
    { flags: "--create-only", summary: "fail where there is a value already" },
    { flags: "--exact", summary: "keep the line feed at the end of standard input" },
  ],
  examples: [
    ["configmanager insert --config-pair LOCAL://db/password", "asks for the value"],
    ["pass show db | configmanager insert --config-pair AWSSECRETS://app/db", "the value is standard input"],
    ["configmanager insert --config-pair 'FILE://config/dev.yaml|db.host' < host.txt", "one value of a document"],
  ],
  failureOutcome: "nothing else was written",
  load: async () => (await import("./insert-run.ts")).runInsert,
};
