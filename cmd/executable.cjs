"use strict";
/**
 * The first file of the single-file executable, which is the program and all plugins that ship at once. It is a plugin when it
 * is started as one: by its own host as `configmanager serve-plugin <name>` (`host/launch.ts`), by any other host under the
 * name of a plugin's file, such as a link `awssecrets-linux-amd64` to it. Everything else is the program.
 * Plain JavaScript, bundled as it is (`scripts/stage-executable.mjs`), like `bin.cjs` for Node.
 */
const process = require("node:process");

const { plugins } = require("./plugins.cjs");
const isAsked = process.argv[2] === "serve-plugin";
const name = isAsked ? process.argv[3] : nameOfLink(process.argv0);

if (name === undefined && process.argv.length === 2 && process.env["CONFIGMANAGER_PLUGIN"]) {
  // A host has started it as a plugin, under another name.
  process.stderr.write(`configmanager: this is the program, and none of the plugins inside has this file's name\n`);
  process.exit(1);
} else if (name === undefined) {
  void require("./main.cjs");
} else {
  const load = Object.hasOwn(plugins, name) ? plugins[name] : undefined;
  if (load === undefined) {
    process.stderr.write(`configmanager: there is no plugin "${name}" inside\n`);
    process.exit(2);
  }
  if (isAsked) process.argv.splice(2, 2);
  void load();
}

/**
 * The plugin that a file name stands for, when it is one of those inside.
 *
 * @param {string} argv0
 */
function nameOfLink(argv0) {
  const match = /^([a-z][a-z0-9_]*)-[a-z0-9]+-[a-z0-9]+(?:\.exe)?$/.exec(argv0.slice(argv0.search(/[^/\\]*$/)));
  return match?.[1] !== undefined && Object.hasOwn(plugins, match[1]) ? match[1] : undefined;
}
