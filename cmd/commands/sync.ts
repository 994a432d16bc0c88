import type { CommandSpec } from "./command.ts";

/** `configmanager sync`. */
export const syncCommand: CommandSpec = {
  name: "sync",
  aliases: [],
  summary: "copy the values that files need into another store, to work offline",
  operands: [{ usage: "[files...]", summary: "the files; standard input when it is - or none is given" }],
  options: [
    {
      flags: "--to <STORE>",
      summary:
        "the store: LOCAL, or LOCAL://{prefix}/{path}; {path} is the token's path, {name} a variable's name of it",
    },
    { flags: "--create-only", summary: "replace no value that is there" },
    { flags: "--dry-run", summary: "ask for the values, say what would be written where, and write nothing" },
  ],
  examples: [
    ["configmanager sync app.yaml.tmpl --to LOCAL", "each value under its own path"],
    ["configmanager sync a.yaml b.yaml --to 'LOCAL://{prefix}/{path}'", "a folder for each store: awssecrets/app/db"],
    ["configmanager sync app.yaml.tmpl --to LOCAL --dry-run", "what would be written where"],
  ],
  load: async () => (await import("./seldom.ts")).runSync,
};
