"use strict";
/**
 * Runs a script plugin that ships, `node plugin.cjs <prefix>.cjs`, with its compiled form that lies beside it: compiling an
 * official SDK takes longer than all else that a plugin does. The script is whole without both; a copy of it runs by itself.
 * Plain JavaScript, copied as it is, like `bin.cjs`.
 */
const { start } = require("./bin.cjs");

// The script is to find itself where it expects to be.
process.argv.splice(1, 1);
start(process.argv[1] ?? "");
