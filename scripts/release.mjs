/**
 * Builds everything that a release is made of into `dist/release/`: `npm run release`. Built twice from one commit it is the
 * same, byte for byte, whatever the folder; nothing but the npm registry is needed, for systems that are not this one too.
 *
 *   --platform NAME   only this one's executable; may be repeated (`linux-amd64`, `linux-arm64-musl`, `windows-amd64`, …)
 *   --plugins         also an executable of each plugin alone, in a folder `plugins` that is a source for `plugin install`; the
 *                     program's executable holds them all
 *   --out-dir DIR     another folder
 *   --homepage URL    the project's page, where releases will be; installer and manifests are made for it
 */
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { buildPlugin } from "./build-plugins.mjs";
import { bundleOptions } from "./bundle-options.mjs";
import { releaseTexts } from "./release-texts.mjs";
import { shippedPlugins, stageExecutable, stagePlugin } from "./stage-executable.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const work = join(root, "dist", ".release");

const { values } = parseArgs({
  options: {
    platform: { type: "string", multiple: true },
    plugins: { type: "boolean", default: false },
    homepage: { type: "string" },
    "out-dir": { type: "string", default: join(root, "dist", "release") },
  },
});
const outDir = resolve(values["out-dir"]);
const { bunRuntime, bunVersion, compileExecutable, executablePlatforms, formatChecksums, sha256OfFile } =
  /** @type {typeof import("../authoring/index.ts")} */ (await load("authoring"));
const platforms = platformsOf(values.platform);
const runtimes = JSON.parse(await readFile(join(root, "scripts", "bun-runtimes.json"), "utf8"));

const runtimeOptions = {
  cwd: root,
  env: process.env,
  cacheDir: join(root, "node_modules", ".cache", "configmanager", "bun"),
  version: bunVersion,
  integrities: runtimes[bunVersion],
};

await rm(outDir, { recursive: true, force: true });
await rm(join(work, "stage"), { recursive: true, force: true });
await mkdir(outDir, { recursive: true });
/** @type {Map<string, string>} */
const checksums = new Map();
const stage = await stageExecutable(join(work, "stage"));
for (const platform of platforms) {
  const name = `configmanager-${platform.name}${platform.extension}`;
  checksums.set(name, await compile(platform, stage.entry, join(outDir, name), stage.version));
}
const scripts = await scriptPlugins();
if (values.plugins) await pluginExecutables();
await texts();
await writeFile(join(outDir, "SHA256SUMS"), formatChecksums(checksums));

if (values.homepage === undefined) console.log("no --homepage: installer and manifests have OWNER in their addresses");

/** @typedef {import("../authoring/index.ts").ExecutablePlatform} ExecutablePlatform */

/**
 * @param {ExecutablePlatform} platform @param {string} entry @param {string} outFile @param {string} version
 * @returns {Promise<string>} its checksum
 */
async function compile(platform, entry, outFile, version) {
  const name = basename(outFile);
  // What is compiled says what it is: the version and the platform can be read from the file, where it cannot be run.
  const text = `exports.build = "configmanager ${version} ${name}";\n${await readFile(entry, "utf8")}`;
  const marked = join(work, "stage", "program.cjs");
  await writeFile(marked, text);
  const size = await compileExecutable({ entry: marked, outFile, platform, here: ownPlatform() }, runtimeOptions);
  console.log(`${name} ${(size / 1e6).toFixed(1)} MB`);
  return sha256OfFile(outFile);
}

/** The scripts are the same for every system that runs scripts. Returns what went into them. */
async function scriptPlugins() {
  const metafiles = [];
  for (const name of await shippedPlugins()) {
    const script = join(work, `${name}.cjs`);
    metafiles.push(await buildPlugin(`plugins/${name}/src/main.ts`, script));
    for (const platform of platforms.filter(({ name: system }) => /^(linux|darwin)-[^-]+$/.test(system))) {
      await cp(script, join(outDir, `${name}-${platform.name}`));
      await add(`${name}-${platform.name}`);
    }
  }
  return metafiles;
}

async function texts() {
  const release = /** @type {typeof import("../release/index.ts")} */ (await load("release"));
  const names = await releaseTexts({
    root,
    outDir,
    version: stage.version,
    homepage: values.homepage ?? "https://github.com/OWNER/configmanager",
    metafiles: [...stage.metafiles, ...scripts],
    bun: await bunRuntime(ownPlatform(), runtimeOptions),
    checksums,
    isWhole: platforms.length === executablePlatforms.length,
    release,
  });
  for (const name of names) await add(name);
}

async function pluginExecutables() {
  const folder = join(outDir, "plugins");
  /** @type {Map<string, string>} */
  const sums = new Map();
  for (const name of await shippedPlugins()) {
    const entry = await stagePlugin(name, join(work, "stage"));
    for (const platform of platforms) {
      const file = `${name}-${platform.name}${platform.extension}`;
      sums.set(file, await compile(platform, entry, join(folder, file), stage.version));
    }
  }
  await writeFile(join(folder, "SHA256SUMS"), formatChecksums(sums));
}

/** @param {string} name */
async function add(name) {
  checksums.set(name, await sha256OfFile(join(outDir, name)));
}

/** @param {readonly string[] | undefined} names @returns {readonly ExecutablePlatform[]} */
function platformsOf(names) {
  if (names === undefined) return executablePlatforms;
  return names.map((name) => {
    const found = executablePlatforms.find((platform) => platform.name === name);
    if (found === undefined)
      throw new Error(`"${name}" is none of ${executablePlatforms.map((platform) => platform.name).join(", ")}`);
    return found;
  });
}

function ownPlatform() {
  const os = process.platform === "win32" ? "windows" : process.platform;
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const [own] = platformsOf([`${os}-${arch}`]);
  return /** @type {ExecutablePlatform} */ (own);
}

/**
 * A folder of the sources by its door: they are in TypeScript, which Node 20 does not run as it is.
 *
 * @param {string} folder
 * @returns {Promise<unknown>}
 */
async function load(folder) {
  const outfile = join(work, `${folder}.mjs`);
  await build({ ...bundleOptions, absWorkingDir: root, entryPoints: [`${folder}/index.ts`], outfile, format: "esm" });
  return import(pathToFileURL(outfile).href);
}
