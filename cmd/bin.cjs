#!/usr/bin/env node
"use strict";
/**
 * The bin: loads the bundled program with its compiled form, since compiling it is a quarter of a short run. From 22.1 on
 * Node keeps that by itself. For Node 20 it lies beside the program, written by the build, so that a run writes nothing. Its
 * name holds the exact Node it is for: V8 checks its own version, flags and the source's length, and still takes the code of
 * another patch level of Node 20, with which it then crashes.
 * Plain JavaScript, copied as it is: it is what runs before anything is loaded.
 */
const { readFileSync } = require("node:fs");
const nodeModule = require("node:module");
const { homedir } = require("node:os");
const path = require("node:path");
const { Script } = require("node:vm");

/**
 * Loads one file of the program as Node loads CommonJS, and its parts in the same way.
 *
 * @param {string} file
 * @param {(file: string, script: import("node:vm").Script) => void} [onScript] for whoever writes the compiled form
 * @returns {unknown} its exports
 */
function load(file, onScript) {
  const cachedData = readWhenThere(codeFile(file));
  // A script that can be run by itself begins with the line that names Node.
  const text = readFileSync(file, "utf8").replace(/^#!.*/, "");
  const source = `(function (exports, require, module, __filename, __dirname) {${text}\n})`;
  const script = new Script(source, { filename: file, ...(cachedData === undefined ? {} : { cachedData }) });
  onScript?.(file, script);
  const own = { exports: {} };
  const folder = path.dirname(file);
  const parts = new Map();
  /** @param {string} id */
  const requirePart = (id) => {
    if (!id.startsWith("./")) return require(id);
    // Once, as Node does: a run over many files asks for some part with each of them.
    if (!parts.has(id)) parts.set(id, load(path.join(folder, id), onScript));
    return parts.get(id);
  };
  script.runInThisContext().call(own.exports, own.exports, requirePart, own, file, folder);
  return own.exports;
}

/**
 * Where the compiled form of a file is for the Node that runs.
 *
 * @param {string} file
 */
function codeFile(file) {
  return `${file}.${process.version}-${process.platform}-${process.arch}.code`;
}

/** @param {string} file */
function readWhenThere(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Not in the temporary folder, Node's default, where others could leave compiled code for us. */
function cacheFolder() {
  try {
    return path.join(process.env["XDG_CACHE_HOME"] || path.join(homedir(), ".cache"), "configmanager");
  } catch {
    // In a container the user may be known by its number only, and have no home.
    return undefined;
  }
}

/**
 * Runs a file with its compiled form, whoever keeps that.
 *
 * @param {string} file absolute
 */
function start(file) {
  const enableCompileCache = Reflect.get(nodeModule, "enableCompileCache");
  const folder = typeof enableCompileCache === "function" ? cacheFolder() : undefined;
  if (folder === undefined) {
    load(file);
  } else {
    enableCompileCache(folder);
    require(file);
  }
}

exports.codeFile = codeFile;
exports.load = load;
exports.start = start;
if (require.main === module) start(path.join(__dirname, "main.cjs"));
