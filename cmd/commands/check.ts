import type { CommandSpec } from "./command.ts";

/** `configmanager check`. */
export const checkCommand: CommandSpec = {
  name: "check",
  aliases: [],
  summary: "find what would fail in a run, before it does; asks no store unless told to",
  operands: [{ usage: "[files...]", summary: "the files to check; standard input when it is - or none is given" }],
  options: [
    {
      flags: "--format <FORMAT>",
      summary: "errors on stderr, a JSON array, or annotations of a GitHub workflow",
      choices: ["text", "json", "github"],
      defaultText: "text",
    },
    { flags: "--resolve", summary: "ask the stores too, and throw the values away" },
    {
      flags: "--expires-within <TIME>",
      summary: "make a value that expires within this time an error, such as 14d or 36h (with --resolve)",
    },
  ],
  examples: [
    ["configmanager check app.yaml.tmpl db.env.tmpl", "faults of the text, of prefixes, plugins and metadata"],
    ["configmanager check app.yaml.tmpl --format github", "in a workflow: annotations at the lines"],
    ["configmanager check app.yaml.tmpl --resolve --expires-within 14d", "also values that are missing or expire soon"],
  ],
  load: async () => (await import("./seldom.ts")).runCheck,
};
