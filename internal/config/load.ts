/**
 * The configuration files of a run: which there are, nearest first, and what they set. Not for what settings mean, and
 * not for flags and environment. It reads through a function handed in. Called by `cmd/`.
 */
import { basename, dirname, join, resolve } from "node:path";
import { ConfigManagerError } from "../errors/errors.ts";
import type { SettingLayer } from "./sources.ts";

/** Where configuration files are looked for, and how they are read. */
export interface ConfigLocations {
  /** For CONFIGMANAGER_DIR. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** Absolute; undefined when there is none. */
  readonly home: string | undefined;
  /** `--config`: this file instead of those that are looked for. */
  readonly configFile?: string | undefined;
  /** The bytes of a file, undefined when it is not there. Throws CM_CONFIG_INVALID when it cannot be read. */
  readonly readFile: (path: string) => Uint8Array | undefined;
}

/**
 * What the configuration files set, nearest first: `.configmanager/config.yaml` in `$CONFIGMANAGER_DIR`, in the working
 * directory, in the home folder; or the one that `--config` names, which has to be there (CM_CONFIG_NOT_FOUND).
 *
 * What is wrong in a file is among the errors of its layer. The YAML parser is loaded only when there is a file.
 */
export async function loadConfigFiles(locations: ConfigLocations): Promise<readonly SettingLayer[]> {
  const found: { readonly name: string; readonly path: string; readonly bytes: Uint8Array }[] = [];
  for (const { name, path } of candidates(locations)) {
    const bytes = locations.readFile(path);
    if (bytes !== undefined) found.push({ name, path, bytes });
  }
  if (locations.configFile !== undefined && found.length === 0) {
    throw new ConfigManagerError(
      "CM_CONFIG_NOT_FOUND",
      `the configuration file "${locations.configFile}" is not there`,
      {
        hint: "correct --config or CONFIGMANAGER_CONFIG",
      },
    );
  }
  if (found.length === 0) return [];
  const { parseConfigFile } = await import("./parse-file.ts");
  return found.map(({ name, path, bytes }) => parseConfigFile(bytes, { file: name, baseDir: baseDirOf(path) }));
}

function candidates({
  env,
  cwd,
  home,
  configFile,
}: ConfigLocations): { readonly name: string; readonly path: string }[] {
  if (configFile !== undefined) return [{ name: configFile, path: resolve(cwd, configFile) }];
  const dir = env["CONFIGMANAGER_DIR"] || undefined;
  const folders = [...(dir === undefined ? [] : [resolve(cwd, dir)]), cwd, ...(home === undefined ? [] : [home])];
  const inFolder = join(".configmanager", "config.yaml");
  return [...new Set(folders)].map((folder) => ({
    name: folder === cwd ? inFolder : join(folder, inFolder),
    path: join(folder, inFolder),
  }));
}

// `path:` of a store counts from the folder that holds `.configmanager`; a file elsewhere has its own folder.
function baseDirOf(path: string): string {
  const folder = dirname(path);
  return basename(folder) === ".configmanager" ? dirname(folder) : folder;
}
