import type { ListedBelow } from "../../configmanager.ts";
import { jsonInBlocks, tableInBlocks } from "./table.ts";

/** Values below a path, for people: by which token each is asked for, never the value. */
export function listedTable(values: readonly ListedBelow[]): Iterable<string> {
  return tableInBlocks(
    ["PREFIX", "PATH", "VERSION", "EXPIRES"],
    values.map(({ prefix, path, version, expiresAt }) => [prefix, path, version ?? "", expiresAt?.toISOString() ?? ""]),
  );
}

/** The same for programs: a JSON array with one value on each line. */
export function listedAsJson(values: readonly ListedBelow[]): Iterable<string> {
  return jsonInBlocks(
    values.map(({ prefix, path, below, version, expiresAt }) => ({
      prefix,
      path,
      below,
      version,
      expiresAt: expiresAt?.toISOString(),
    })),
  );
}
