"use strict";
/**
 * The first file of the single-file executable, which is the program and all plugins that ship at once. It is a plugin when it
 * is started as one: by its own host as `configmanager serve-plugin <name>` (`host/launch.ts`), by any other host under the
 * name of a plugin's file, such as a link `awssecrets-linux-amd64` to it. Everything else is the program.
 * Plain JavaScript, bundled as it is (`scripts/stage-executable.mjs`), like `bin.cjs` for Node.
 */
const process = require("node:process");

const plugins = process.argv[2] === "serve-plugin" ? require("./plugins.cjs").plugins : undefined;
const name = plugins === undefined ? nameOfLink(process.argv0) : process.argv[3];

if (name === undefined) {
  void require("./main.cjs");
} else if (plugins === undefined) {
  serve(require("./plugins.cjs").plugins, name, 2);
} else {
  serve(plugins, name, 4);
}

/**
 * @param {Record<string, () => Promise<unknown>>} inside
 * @param {string} plugin
 * @param {number} ownWords how many words of the command line the plugin is not to see
 */
function serve(inside, plugin, ownWords) {
  const load = inside[plugin];
  if (load === undefined) {
    process.stderr.write(`configmanager: there is no plugin "${plugin}" inside\n`);
    process.exit(2);
  }
  process.argv.splice(2, ownWords - 2);
  void load();
}

/**
 * The plugin that a file name stands for, when it is one of those inside.
 *
 * @param {string} argv0
 */
function nameOfLink(argv0) {
  const match = /^([a-z][a-z0-9_]*)-[a-z0-9]+-[a-z0-9]+(?:\.exe)?$/.exec(argv0.slice(argv0.search(/[^/\\]*$/)));
  const { pluginsInside } = require("./plugins-inside.cjs");
  return match?.[1] !== undefined && pluginsInside.includes(match[1]) ? match[1] : undefined;
}
