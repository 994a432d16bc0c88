/** Plugins and their files as tables and as JSON. */
import type { ListedPlugin, VerifiedFile } from "../../host/lock/index.ts";
import { jsonInBlocks, tableInBlocks } from "./table.ts";

/** A line for each plugin. */
export function pluginTable(plugins: readonly ListedPlugin[]): Iterable<string> {
  return tableInBlocks(
    ["PREFIX", "VERSION", "FROM", "LOCKED", "USED", "FILE"],
    plugins.map(({ prefix, version, origin, lock, isUsed, file, platforms }) => [
      prefix,
      version ?? "-",
      origin,
      lockedTexts[lock],
      isUsed ? "yes" : "no",
      file ?? absentText(platforms, origin),
    ]),
  );
}

/** The same for programs: a JSON array with one plugin on each line. */
export function pluginsAsJson(plugins: readonly ListedPlugin[]): Iterable<string> {
  return jsonInBlocks(
    plugins.map(({ prefix, name, version, origin, lock, isUsed, file, platforms }) => ({
      prefix,
      name,
      version,
      from: origin,
      lock,
      used: isUsed,
      file,
      platforms,
    })),
  );
}

/** A line for each file. */
export function verifiedTable(files: readonly VerifiedFile[]): Iterable<string> {
  return tableInBlocks(
    ["PLUGIN", "PLATFORM", "RESULT", "FILE"],
    files.map(({ name, platform, status, file }) => [name, platform, status, file]),
  );
}

/** The same for programs: a JSON array with one file on each line. */
export function verifiedAsJson(files: readonly VerifiedFile[]): Iterable<string> {
  return jsonInBlocks(
    files.map(({ name, platform, status, file, lockFile, expected, found, error }) => ({
      name,
      platform,
      result: status,
      file,
      lock: lockFile,
      expected,
      found,
      code: error?.code,
    })),
  );
}

/** How many files there are of each result. */
export function verifiedSummary(files: readonly VerifiedFile[]): string {
  if (files.length === 0) return "there is no plugin to verify";
  const counts = new Map<string, number>();
  for (const { status } of files) counts.set(status, (counts.get(status) ?? 0) + 1);
  const total = `${files.length} ${files.length === 1 ? "file" : "files"}`;
  return `${total}: ${[...counts].map(([status, count]) => `${count} ${status}`).join(", ")}`;
}

const lockedTexts: Readonly<Record<ListedPlugin["lock"], string>> = {
  locked: "yes",
  "not locked": "no",
  "other platforms": "not here",
  "no lock": "-",
};

function absentText(platforms: readonly string[], origin: ListedPlugin["origin"]): string {
  if (origin === "shipped") return "(another one comes first)";
  return platforms.length === 0 ? "(not there)" : `(there for ${platforms.join(", ")})`;
}
