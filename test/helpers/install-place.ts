/** A project that plugins are installed into, by the program in this process. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { platform } from "./plugin-source.ts";
import { type ProgramResult, runProgram, temporaryFolder } from "./run-program.ts";

/** The file of the plugin that tests install. */
export const file: string = `probe-${platform}`;

/** Where plugins are installed. */
export interface Place {
  readonly cwd: string;
  readonly run: (...args: string[]) => Promise<ProgramResult>;
}

/** A folder without a configuration, and the program in it. */
export async function project(env: Readonly<Record<string, string>> = {}): Promise<Place> {
  const cwd = await temporaryFolder();
  return {
    cwd,
    run: (...args) =>
      runProgram(args, { cwd, home: join(cwd, "home"), env: { PATH: process.env["PATH"] ?? "", HOME: cwd, ...env } }),
  };
}

/** Where a plugin of this platform is then. */
export const pluginFile = ({ cwd }: Place, name = "probe"): string =>
  join(cwd, ".configmanager", "plugins", name, `${name}-${platform}`);

/** What the lock says, by name. */
export async function lockOf({ cwd }: Place): Promise<Record<string, Record<string, unknown>>> {
  const text = await readFile(join(cwd, ".configmanager", "plugins.lock.json"), "utf8");
  return (JSON.parse(text) as { plugins: Record<string, Record<string, unknown>> }).plugins;
}

/** Everything below a folder. */
export async function all({ cwd }: Place): Promise<readonly string[]> {
  return (await readdir(cwd, { recursive: true })).toSorted();
}

/** The names of what is in a plugin's folder, hidden files too. */
export const inFolder = (place: Place): Promise<string[]> =>
  readdir(join(place.cwd, ".configmanager", "plugins", "probe"));
