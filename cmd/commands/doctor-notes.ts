/** What `doctor` says of files that lie where plugins are looked for: nothing that keeps a plugin from working. */
import { basename, join } from "node:path";
import type { PluginInspection } from "../../configmanager.ts";
import type { PluginFolder } from "../../host/index.ts";

/** Something worth knowing, and what to do about it. */
export interface Note {
  readonly message: string;
  /** In the imperative. */
  readonly hint: string;
}

/** What is worth knowing of the files of one plugin. `fileSuffix` is what follows the name in the file for this platform. */
export function notesOfPlugin(
  { prefix, facts, origin }: PluginInspection,
  folders: readonly PluginFolder[],
  fileSuffix: string,
): readonly Note[] {
  const notes: Note[] = [];
  if (facts !== undefined && origin !== "shipped" && (Number.parseInt(facts.mode, 8) & 0o020) !== 0) {
    notes.push({ message: `"${facts.file}" can be written by its group`, hint: `chmod g-w "${facts.file}"` });
  }
  for (const { path, files, isGroupWritable } of folders.filter((folder) => folder.prefix === prefix)) {
    const name = `${basename(path)}${fileSuffix}`;
    const file = join(path, name);
    if (!files.includes(name)) notes.push(withoutFile(path, name, files));
    else if (facts !== undefined && facts.file !== file) {
      notes.push({
        message: `"${file}" is not used, "${facts.file}" comes first`,
        hint: "remove the one that is not wanted",
      });
    }
    if (isGroupWritable) notes.push({ message: `"${path}" can be written by its group`, hint: `chmod g-w "${path}"` });
  }
  return notes;
}

/** What lies among the folders of plugins and is never looked at. */
export function notesOfStrays(folders: readonly PluginFolder[]): readonly Note[] {
  return folders
    .filter(({ prefix }) => prefix === undefined)
    .map(({ path, isFolder }) =>
      isFolder
        ? {
            message: `"${path}" is no name of a plugin, so it is not used`,
            hint: "rename it: lower-case letters, digits and _",
          }
        : { message: `"${path}" is no folder, so it is not used`, hint: "put it into a folder with the plugin's name" },
    );
}

function withoutFile(path: string, name: string, files: readonly string[]): Note {
  const others = files.length === 0 ? "it is empty" : `it holds ${files.join(", ")}`;
  return { message: `"${path}" has no plugin for this platform, ${others}`, hint: `put it there as "${name}"` };
}
