/**
 * Where plugins come from: how the text of a source is understood, and where in it the files of a version are. Not for reading
 * them (`publication.ts`).
 */
import path from "node:path";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { sourceTokenVariable } from "../plugin-environment.ts";

/** A place that plugins are installed from. */
export interface InstallSource {
  readonly kind: "address" | "folder";
  /** An address without a slash at its end, or the absolute path of a folder. */
  readonly base: string;
  /** A folder that was given as a relative path; a lock names it so too. */
  readonly isRelative: boolean;
}

/**
 * What the text of `--from`, of `pluginSource` or of a lock names: an address when it begins with `https://` or `http://`, else a
 * folder, a relative one seen from `folder`. Throws CM_USAGE for another scheme, and for an address that holds more than host and
 * path: it is written into the lock, where no password belongs.
 */
export function parseSource(text: string, folder: string): InstallSource {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1]?.toLowerCase() ?? (/^file:/i.test(text) ? "file" : "");
  if (scheme === "") {
    return { kind: "folder", base: path.resolve(folder, text), isRelative: !path.isAbsolute(text) };
  }
  if (scheme !== "https" && scheme !== "http") {
    const hint = scheme === "file" ? "write the folder's path" : "write an https:// address, or the path of a folder";
    throw new ConfigManagerError("CM_USAGE", `plugins are not installed from "${scheme}:"`, { hint });
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    const hint =
      url === undefined
        ? "write it as https://host/path"
        : `write scheme, host and path alone; a token goes into ${sourceTokenVariable}`;
    throw new ConfigManagerError("CM_USAGE", "the source is no address that plugins are installed from", { hint });
  }
  return { kind: "address", base: url.href.replace(/\/+$/, ""), isRelative: false };
}

/** How a lock beside `root/.configmanager/plugins` names a source; `parseSource(text, root)` gives it back. */
export function sourceText({ kind, base, isRelative }: InstallSource, root: string): string {
  if (kind === "address" || !isRelative) return base;
  const relative = path.relative(root, base);
  return (path.isAbsolute(relative) ? base : relative || ".").replaceAll(path.sep, "/");
}

/**
 * Where in a source the files of a version are, with a slash at its end where it is not the source itself: `download/<version>/`
 * for a version, else `latest/download/` where the source is the release page of a project (its last segment is `releases`), else
 * the source itself.
 */
export function folderOfVersion({ base }: InstallSource, version: string | undefined): string {
  if (version !== undefined) return `download/${version}/`;
  return /[/\\]releases$/.test(base) ? "latest/download/" : "";
}

/** True for a version that can be asked for: words of letters, digits and `. _ + -`, with slashes between them. */
export function isVersion(text: string): boolean {
  return /^[0-9A-Za-z][\w.+-]*(?:\/[0-9A-Za-z][\w.+-]*)*$/.test(text);
}
