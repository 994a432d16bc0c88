/**
 * Builds the store plugins that ship with the program: each is one file that Node runs, whatever lies around it.
 *
 * A plugin's file has no extension, so that Node would decide by the nearest package.json whether it is an ES module: a
 * script bundle (iife) that makes its own `require` is right in both cases.
 *
 * Run by itself it builds into `dist/plugins` and places them in `.configmanager/plugins`, and prints their sizes.
 */
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readdir, rename, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleOptions } from "./bundle-options.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Builds every plugin of `plugins/` and places it, when asked, as a host looks for it.
 *
 * @param {{ outDir: string, placeIn?: string }} options `outDir` gets `<prefix>.cjs`; `placeIn` is a folder `plugins`
 *   and gets `<prefix>/<prefix>-<os>-<arch>`
 * @returns {Promise<import("esbuild").Metafile[]>} what went into each
 */
export async function buildPlugins({ outDir, placeIn }) {
  // Not every folder is a plugin: beside them lie the SDK and what the stores of one cloud share.
  const folders = await readdir(join(root, "plugins"));
  const prefixes = folders.filter((name) => existsSync(join(root, "plugins", name, "src", "main.ts")));
  return Promise.all(
    prefixes.sort().map(async (prefix) => {
      const outFile = join(outDir, `${prefix}.cjs`);
      const metafile = await buildPlugin(join(root, "plugins", prefix, "src", "main.ts"), outFile);
      if (placeIn !== undefined) await placePlugin(outFile, prefix, placeIn);
      return metafile;
    }),
  );
}

/**
 * Bundles one plugin into one executable file.
 *
 * @param {string} entryPoint its `main.ts`
 * @param {string} outFile
 */
export async function buildPlugin(entryPoint, outFile) {
  const { metafile } = await build({
    ...bundleOptions,
    metafile: true,
    absWorkingDir: root,
    entryPoints: [entryPoint],
    outfile: outFile,
    format: "iife",
    // What is left to import is Node's own: run with its compiled form, a script can only require it.
    supported: { "dynamic-import": false },
    minify: true,
    banner: {
      js: '#!/usr/bin/env node\nvar require=process.getBuiltinModule("node:module").createRequire(process.argv[1]);',
    },
  });
  await chmod(outFile, 0o755);
  return metafile;
}

/**
 * Copies a plugin's file to where a host looks for it; a plugin that runs from there is not disturbed.
 *
 * @param {string} file
 * @param {string} prefix in lower case
 * @param {string} pluginsDir
 */
export async function placePlugin(file, prefix, pluginsDir) {
  const target = placeOfPlugin(prefix, pluginsDir);
  await mkdir(join(pluginsDir, prefix), { recursive: true, mode: 0o755 });
  const temporary = `${target}.${process.pid}.tmp`;
  await copyFile(file, temporary);
  await chmod(temporary, 0o755);
  await rename(temporary, target);
  return target;
}

/**
 * Where a host looks for a plugin.
 *
 * @param {string} prefix in lower case
 * @param {string} pluginsDir
 */
export function placeOfPlugin(prefix, pluginsDir) {
  const os = process.platform === "win32" ? "windows" : process.platform;
  const arch = { x64: "amd64", ia32: "386" }[/** @type {string} */ (process.arch)] ?? process.arch;
  return join(pluginsDir, prefix, `${prefix}-${os}-${arch}${os === "windows" ? ".exe" : ""}`);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const outDir = join(root, "dist", "plugins");
  await buildPlugins({ outDir, placeIn: join(root, ".configmanager", "plugins") });
  for (const file of await readdir(outDir)) {
    console.log(`${basename(file)} ${(await stat(join(outDir, file))).size} bytes`);
  }
}
