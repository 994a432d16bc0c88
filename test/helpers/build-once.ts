/**
 * The plugins that tests launch: those that ship and those of `test/fixtures/plugins`, built as they are published. Not
 * for the program itself. Called by any test file, also by many at once.
 *
 * Where an executable is tested (`tested-executable.ts`), it is each plugin that ships, and its runtime runs the others.
 */
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { buildPlugin, placeOfPlugin, placePlugin } from "../../scripts/build-plugins.mjs";
import { root } from "./source-files.ts";
import { testedExecutable } from "./tested-executable.ts";

/** Where the built plugins are. */
export interface TestPlugins {
  /** Absolute path of one plugin's executable file, by its name in lower case. */
  readonly file: (name: string) => string;
  /** What `CONFIGMANAGER_DIR` can be set to: the plugins lie below it as a host looks for them. */
  readonly configmanagerDir: string;
  /** Holds `<name>.cjs` for each, as the npm package does. */
  readonly shippedDir: string;
}

let building: Promise<TestPlugins> | undefined;

/**
 * Builds what has changed since the last call of any process. A file is put in place whole, by a rename, so that callers
 * at the same time do each other no harm.
 */
export function buildTestPlugins(): Promise<TestPlugins> {
  building ??= buildAll();
  return building;
}

async function buildAll(): Promise<TestPlugins> {
  const buildDir = join(root, "test", ".build");
  const configmanagerDir = testedExecutable === undefined ? buildDir : join(buildDir, "executable");
  const pluginsDir = join(configmanagerDir, ".configmanager", "plugins");
  const shippedDir = join(buildDir, "plugins");
  await mkdir(shippedDir, { recursive: true });
  const shipped = await entryPointsIn(join(root, "plugins"), join("src", "main.ts"));
  const others = await entryPointsIn(join(root, "test", "fixtures", "plugins"), "main.ts");
  const files = new Map<string, string>();
  for (const [name, entryPoint] of [...shipped, ...others]) {
    const script = join(shippedDir, `${name}.cjs`);
    await buildWhenChanged(entryPoint, script);
    const isInside = shipped.some(([inside]) => inside === name);
    const file = placeOfPlugin(name, pluginsDir);
    if (testedExecutable === undefined) await placePlugin(script, name, pluginsDir);
    else if (isInside) await placeLink(file, testedExecutable);
    else await placeStarter(file, testedExecutable, script);
    files.set(name, file);
  }
  return {
    configmanagerDir,
    shippedDir,
    file(name) {
      const file = files.get(name);
      if (file === undefined) throw new Error(`there is no plugin "${name}" to test with`);
      return file;
    },
  };
}

/** The executable is the plugin whose file name it is started under. */
async function placeLink(file: string, executable: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await symlink(executable, temporaryFor(file));
  await rename(temporaryFor(file), file);
}

/** What is in the executable can be made to run any script. */
async function placeStarter(file: string, executable: string, script: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(temporaryFor(file), `#!/bin/sh\nBUN_BE_BUN=1 exec "${executable}" "${script}" "$@"\n`);
  await chmod(temporaryFor(file), 0o755);
  await rename(temporaryFor(file), file);
}

const temporaryFor = (file: string): string => `${file}.${process.pid}.tmp`;

async function entryPointsIn(folder: string, main: string): Promise<[string, string][]> {
  // Not every folder is a plugin: beside them lie the SDK and what the stores of one cloud share.
  const names = (await readdir(folder)).filter((name) => existsSync(join(folder, name, main)));
  return names.toSorted().map((name) => [name, join(folder, name, main)]);
}

/** Leaves the file alone while none of its inputs is another than when it was built. */
async function buildWhenChanged(entryPoint: string, file: string): Promise<void> {
  const record = `${file}.inputs.json`;
  const known = await readFile(record, "utf8").catch(() => "{}");
  if (known !== "{}" && known === JSON.stringify(await stampsOf(Object.keys(JSON.parse(known) as object)))) return;
  const temporary = `${file}.${process.pid}.tmp`;
  const { inputs } = await buildPlugin(entryPoint, temporary);
  const stamps = await stampsOf([...Object.keys(inputs), "scripts/build-plugins.mjs", "scripts/bundle-options.mjs"]);
  await rename(temporary, file);
  await writeFile(`${record}.${process.pid}.tmp`, JSON.stringify(stamps));
  await rename(`${record}.${process.pid}.tmp`, record);
}

async function stampsOf(inputs: readonly string[]): Promise<Record<string, string>> {
  const stamps = inputs.map(async (input): Promise<[string, string]> => {
    const stats = await stat(join(root, input)).catch(() => undefined);
    return [input, stats === undefined ? "none" : `${stats.mtimeMs} ${stats.size}`];
  });
  return Object.fromEntries(await Promise.all(stamps));
}
