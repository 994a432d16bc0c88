import type { CommandSpec, OptionSpec } from "./command.ts";

/** How commands that install are told from where, whichever they are. */
export const installOptions: readonly OptionSpec[] = [
  {
    flags: "--from <URL|DIR>",
    summary:
      "an address or a folder with the files and SHA256SUMS, or a release page (…/releases); else what the lock says, then --plugin-source",
  },
  {
    flags: "--public-key <KEY|FILE>",
    summary:
      "who has to have signed SHA256SUMS: minisign's key, or 'sigstore ISSUER IDENTITY'; kept in the lock for what comes later",
  },
  { flags: "--home", summary: "into the home folder, for every working directory" },
  {
    flags: "--without-checksums",
    summary: "take what an address sends that has no SHA256SUMS; what comes first is then what is locked",
  },
];

/** `configmanager plugin install`. */
export const pluginInstallCommand: CommandSpec = {
  name: "plugin install",
  aliases: [],
  summary: "download plugins for this platform, check and lock them",
  operands: [
    {
      usage: "[names...]",
      summary: "NAME or NAME@VERSION; unless given, all that the lock names, exactly as they are locked",
    },
  ],
  options: [...installOptions, { flags: "--update", summary: "the newest, whatever is locked" }],
  examples: [
    ["configmanager plugin install", "what the lock names, as in a job of a pipeline"],
    [
      "configmanager plugin install vault@v1.2.0 --from https://github.com/acme/plugins/releases",
      "a version of a release page",
    ],
    ["configmanager plugin install vault --from ./plugins", "what a folder holds"],
    ["configmanager plugin install vault --update", "the newest of where it came from"],
  ],
  load: async () => (await import("./plugin-commands.ts")).runPluginInstall,
};
