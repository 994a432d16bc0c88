import type { CommandSpec } from "./command.ts";

/** `configmanager plugin lock`. */
export const pluginLockCommand: CommandSpec = {
  name: "plugin lock",
  aliases: [],
  summary: "write the checksums of plugins that are there into plugins.lock.json",
  operands: [
    {
      usage: "[names...]",
      summary: "the plugins to lock; unless given, those of the nearest folder of plugins and of the configuration",
    },
  ],
  options: [
    {
      flags: "--platform <PLATFORM>",
      summary: "fail unless each is locked for this platform too, such as linux-arm64; may be repeated",
      repeats: true,
    },
  ],
  examples: [
    ["configmanager plugin lock", "lock what lies in .configmanager/plugins; commit the lock"],
    [
      "configmanager plugin lock vault --platform linux-arm64",
      "one plugin, which has to be known for that platform too",
    ],
    ["configmanager --locked plugin lock", "fail when that would change the lock"],
  ],
  failureOutcome: "nothing was locked",
  load: async () => (await import("./plugin-commands.ts")).runPluginLock,
};
