/** What `plugin new` says when it is done. */
import type { NewPlugin } from "../../authoring/index.ts";
import { escapeControls } from "../../internal/errors/redact.ts";

/** The files with what they are for, and the lines to type next, which can be copied as they are. */
export function newPluginText({ prefix, dir, guide }: NewPlugin): string {
  const steps = dir === "." ? guide.nextSteps : [[`cd ${quoted(dir)}`, ""] as const, ...guide.nextSteps];
  return [
    `Made a plugin for ${prefix}://… in ${guide.title}, in "${escapeControls(dir)}":`,
    "",
    ...inColumns(guide.parts, "  "),
    "",
    "Next:",
    "",
    ...inColumns(steps, "  # "),
    "",
  ].join("\n");
}

function inColumns(rows: readonly (readonly [string, string])[], gap: string): readonly string[] {
  const width = Math.max(...rows.filter(([, meaning]) => meaning !== "").map(([first]) => first.length));
  return rows.map(([first, meaning]) => `  ${meaning === "" ? first : first.padEnd(width) + gap + meaning}`);
}

// As a shell takes it.
function quoted(dir: string): string {
  return /^[\w./~+@:=-]+$/.test(dir) && !dir.startsWith("-")
    ? dir
    : `'${escapeControls(dir).replaceAll("'", "'\\''")}'`;
}
