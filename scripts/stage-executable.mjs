/**
 * Writes what the single-file executable is compiled from: the program as one file, the plugins that ship in a few, by what they
 * have in common, and the file that chooses between them.
 *
 * What is written depends on the sources alone, and on no path of this machine: the executables are to be the same wherever
 * they are built.
 */
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleOptions } from "./bundle-options.mjs";
import { lateCrypto } from "./late-crypto.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * @param {string} folder is made when it is not there
 * @returns {Promise<{ entry: string, metafiles: import("esbuild").Metafile[], version: string }>} `entry` is absolute
 */
export async function stageExecutable(folder) {
  await mkdir(folder, { recursive: true });
  const names = await shippedPlugins();
  const [program, plugins] = await Promise.all([bundleProgram(folder, names), bundlePlugins(folder, names)]);
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  await copyFile(join(root, "cmd", "executable.cjs"), join(folder, "executable.cjs"));
  return { entry: join(folder, "executable.cjs"), metafiles: [program, ...plugins], version };
}

/**
 * Writes what the executable of one plugin alone is compiled from.
 *
 * @param {string} name @param {string} folder
 * @returns {Promise<string>} the file, absolute
 */
export async function stagePlugin(name, folder) {
  const outfile = join(folder, `alone-${name}.cjs`);
  const entryPoints = [`plugins/${name}/src/main.ts`];
  await build({ ...stageOptions, entryPoints, outfile, plugins: [plainProcess, lateCrypto] });
  return outfile;
}

/** The names of the plugins that ship, in order. */
export async function shippedPlugins() {
  // Not every folder is a plugin: beside them lie the SDK and what the stores of one cloud share.
  const folders = await readdir(join(root, "plugins"));
  return folders.filter((name) => existsSync(join(root, "plugins", name, "src", "main.ts"))).sort();
}

/** @type {import("esbuild").BuildOptions} */
const stageOptions = {
  ...bundleOptions,
  metafile: true,
  absWorkingDir: root,
  format: "cjs",
  // Parts that are loaded late stay in the one file, and are evaluated when they are asked for.
  supported: { "dynamic-import": false },
  minify: true,
  define: {
    // Inside the executable no file has a folder; the compiler would put in the one of this machine.
    "import.meta.url": '"file:///configmanager"',
    __dirname: '"/configmanager"',
    __filename: '"/configmanager/program.cjs"',
  },
};

/**
 * `process` as a module of its own kind: imported from CommonJS, each of its properties would be read to make one out of it,
 * and that opens the standard streams, which takes three milliseconds.
 *
 * @type {import("esbuild").Plugin}
 */
const plainProcess = {
  name: "plain process",
  setup(bundle) {
    bundle.onResolve({ filter: /^node:process$/ }, ({ kind }) =>
      kind === "require-call" ? undefined : { path: "process", namespace: "plain" },
    );
    bundle.onLoad({ filter: /.*/, namespace: "plain" }, () => ({
      contents: "export default process; export const kill = (...args) => process.kill(...args);",
    }));
  },
};

/** @param {string} folder @param {readonly string[]} names */
async function bundleProgram(folder, names) {
  const { metafile } = await build({
    ...stageOptions,
    metafile: true,
    entryPoints: ["cmd/main.ts"],
    outfile: join(folder, "main.cjs"),
    define: { ...stageOptions.define, configmanagerPluginsInside: JSON.stringify(names) },
    plugins: [plainProcess, lateCrypto],
  });
  return metafile;
}

/**
 * Plugins that share a file. What is in a file for one of them is loaded for all of them: those that reach no service are
 * quicker by themselves, those of one cloud have most in common. A name that is not here has a file of its own.
 */
const groups = [
  ["env", "exec", "file", "local"],
  ["awsparamstr", "awssecrets"],
  ["azappconf", "azkvsecret", "aztablestore"],
];

/** @param {string} folder @param {readonly string[]} names */
async function bundlePlugins(folder, names) {
  const alone = names.filter((name) => !groups.flat().includes(name));
  const files = [...groups, ...alone.map((name) => [name])];
  const metafiles = files.map(async (group) => {
    const loaders = group.map((name) => `${name}: () => import("./plugins/${name}/src/main.ts"),`);
    const { metafile } = await build({
      ...stageOptions,
      metafile: true,
      stdin: { contents: `export const plugins = {\n${loaders.join("\n")}\n};`, resolveDir: root, loader: "js" },
      outfile: join(folder, `plugins-${group[0]}.cjs`),
      plugins: [plainProcess, lateCrypto],
    });
    return metafile;
  });
  const entries = files.flatMap((group) =>
    group.map((name) => `  ${name}: () => require("./plugins-${group[0]}.cjs").plugins.${name}(),\n`),
  );
  await writeFile(join(folder, "plugins.cjs"), `exports.plugins = {\n${entries.join("")}};\n`);
  return Promise.all(metafiles);
}
