/** What the first words of commands with two words are for. */
export const commandGroups: Readonly<Record<string, string>> = {
  config: "look at the configuration",
  plugin: "install, lock, check, write and build plugins",
};
