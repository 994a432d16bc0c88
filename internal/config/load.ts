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
  /** Whether two folders are one, links followed; equal paths are, unless given. */
  readonly isSameFolder?: (one: string, other: string) => boolean;
}

/**
 * What the configuration files set, nearest first: `.configmanager/config.yaml` in `$CONFIGMANAGER_DIR`, in the working
 * directory, in the home folder; or the one that `--config` names, which has to be there (CM_CONFIG_NOT_FOUND).
 *
 * The working directory's is marked as brought along, unless it is that of one of the other two places; `trust` does not count
 * in it. What is wrong in a file is among the errors of its layer. The YAML parser is loaded only when there is a file.
 */
export async function loadConfigFiles(locations: ConfigLocations): Promise<readonly SettingLayer[]> {
  const found: (Candidate & { readonly bytes: Uint8Array })[] = [];
  for (const candidate of candidates(locations)) {
    const bytes = locations.readFile(candidate.path);
    if (bytes !== undefined) found.push({ ...candidate, bytes });
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
  return found.map(({ name, path, isBroughtAlong, bytes }) => {
    const layer = parseConfigFile(bytes, { file: name, baseDir: baseDirOf(path) });
    return isBroughtAlong ? broughtAlong(layer, locations) : layer;
  });
}

interface Candidate {
  readonly name: string;
  readonly path: string;
  readonly isBroughtAlong: boolean;
}

function candidates(locations: ConfigLocations): readonly Candidate[] {
  const { cwd, configFile } = locations;
  // A file that somebody names is their own choice, wherever it lies.
  if (configFile !== undefined) return [{ name: configFile, path: resolve(cwd, configFile), isBroughtAlong: false }];
  const { dir, home } = ownFolders(locations);
  const folders = [dir, cwd, home].filter((folder) => folder !== undefined);
  const inFolder = join(".configmanager", "config.yaml");
  return [...new Set(folders)].map((folder) => ({
    name: folder === cwd ? inFolder : join(folder, inFolder),
    path: join(folder, inFolder),
    isBroughtAlong: folder === cwd && folder !== dir && folder !== home,
  }));
}

/** Those that the user has chosen. */
function ownFolders({ env, cwd, home }: ConfigLocations): Readonly<Record<"dir" | "home", string | undefined>> {
  const dir = env["CONFIGMANAGER_DIR"] || undefined;
  return { dir: dir === undefined ? undefined : resolve(cwd, dir), home };
}

// Who wrote the folder is not to say whether it is trusted, neither way: a run would mean another thing in each folder.
function broughtAlong(layer: SettingLayer, locations: ConfigLocations): SettingLayer {
  const trust = layer.values.get("trust");
  const isOwn = (folder: string | undefined): boolean =>
    folder !== undefined && locations.isSameFolder?.(locations.cwd, folder) === true;
  if (trust?.origin.kind !== "file" || Object.values(ownFolders(locations)).some(isOwn)) {
    return { ...layer, isBroughtAlong: true };
  }
  const error = new ConfigManagerError("CM_CONFIG_INVALID", '"trust" does not count in the working directory', {
    hint: "set it in the configuration of your home folder, or with CONFIGMANAGER_TRUST",
    place: trust.origin.place,
  });
  return { ...layer, isBroughtAlong: true, errors: [...layer.errors, error] };
}

// `path:` of a store counts from the folder that holds `.configmanager`; a file elsewhere has its own folder.
function baseDirOf(path: string): string {
  const folder = dirname(path);
  return basename(folder) === ".configmanager" ? dirname(folder) : folder;
}
