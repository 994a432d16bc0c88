/** What became of plugins that were installed or removed, a line each. */
import type { InstalledPlugin, RemovedPlugin } from "../../host/install/index.ts";
import { escapeControls } from "../../internal/errors/redact.ts";

/** One plugin that is there now. */
export function installedLine({ name, status, locked, file }: InstalledPlugin): string {
  const version = locked.version ?? locked.described?.version;
  const what = status === "there" ? "unchanged" : status;
  return line(`${what}: ${name}${version === undefined ? "" : ` ${version}`}, ${file}`);
}

/** One that was there before. */
export function thereLine(name: string, where: string): string {
  return line(`there: ${name}, ${where}`);
}

/** One that is gone. */
export function removedLine({ name, removed, isUnlocked, left }: RemovedPlugin): string {
  const says = [
    removed ?? "no file was there",
    ...(isUnlocked ? ["no longer locked"] : []),
    ...(left.length > 0 ? [`left for ${left.toSorted().join(", ")}`] : []),
  ];
  return line(`removed: ${name}, ${says.join(", ")}`);
}

function line(text: string): string {
  return `${escapeControls(text)}\n`;
}
