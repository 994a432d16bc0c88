/** What `plugin lock` has changed, for people. */
import type { LockResult } from "../../host/lock/index.ts";
import { escapeControls } from "../../internal/errors/redact.ts";

/** A line for each plugin, and one for each lock. */
export function lockChangesText(results: readonly LockResult[]): string {
  const files = [...new Set(results.map(({ lockFile }) => lockFile))].map((lockFile) => {
    const isChanged = results.some((result) => result.lockFile === lockFile && result.isChanged);
    return `${isChanged ? "written" : "unchanged"}: ${lockFile}`;
  });
  return [...results.map(lineOf), ...files].map((line) => `${escapeControls(line)}\n`).join("");
}

function lineOf({ before, after, isChanged }: LockResult): string {
  const name = `${after.name}${after.version === undefined ? "" : ` ${after.version}`}`;
  const platforms = [...after.checksums.keys()].toSorted().join(", ");
  if (before === undefined) return `locked: ${name} for ${platforms}`;
  if (!isChanged) return `unchanged: ${name} for ${platforms}`;
  const added = [...after.checksums.keys()].filter((platform) => !before.checksums.has(platform));
  const gone = [...before.checksums.keys()].filter((platform) => !after.checksums.has(platform));
  const others = [...after.checksums].filter(
    ([platform, checksum]) => (before.checksums.get(platform) ?? checksum) !== checksum,
  );
  const says = [
    ...toPart(
      "another file for",
      others.map(([platform]) => platform),
    ),
    ...toPart("added", added),
    ...toPart("left out", gone),
    ...(before.source !== undefined && after.source === undefined ? ["no longer as its source has it"] : []),
    ...(JSON.stringify(before.described) === JSON.stringify(after.described) ? [] : ["says something else of itself"]),
  ];
  return `changed: ${name}: ${says.join("; ")}`;
}

function toPart(what: string, platforms: readonly string[]): readonly string[] {
  return platforms.length === 0 ? [] : [`${what} ${platforms.toSorted().join(", ")}`];
}
