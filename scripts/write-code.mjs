/**
 * Writes the compiled form of a program's files beside them, as `cmd/bin.cjs` reads it: runs it once, so that what a short
 * run calls is compiled, and asks V8 for what it has.
 *
 * Run by the build in a process of its own: `node scripts/write-code.mjs dist/cmd/main.cjs ARGUMENTS…`.
 */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";

const [file = "", ...args] = process.argv.slice(2);
process.argv = [process.execPath, file, ...args];
/** @type {Map<string, import("node:vm").Script>} */
const scripts = new Map();
process.once("exit", () => {
  for (const [name, script] of scripts) writeFileSync(bin.codeFile(name), script.createCachedData());
});
/** @type {typeof import("../cmd/bin.cjs")} */
const bin = createRequire(import.meta.url)("../cmd/bin.cjs");
bin.load(file, (name, script) => scripts.set(name, script));
