/** Which version of which source a plugin is installed from, by what was asked, what is locked and what is configured. Reads nothing. */
import path from "node:path";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { prefixOfPluginName } from "../../internal/token/prefixes.ts";
import type { LockedPlugin } from "../lock/plugin-lock.ts";
import { sourceError } from "./install-errors.ts";
import { type InstallSource, isVersion, parseSource } from "./install-source.ts";

/** A plugin that was asked for. */
export interface InstallRequest {
  /** In lower case. */
  readonly name: string;
  /** Undefined: the locked one, else the newest. */
  readonly version: string | undefined;
  /** The newest, whatever is locked. */
  readonly update: boolean;
}

/** What decides beside the request. */
export interface PlanContext {
  /** What the lock says of the plugin. */
  readonly locked: LockedPlugin | undefined;
  /** As `--from` says. */
  readonly from: InstallSource | undefined;
  /** As the configuration says. */
  readonly usual: InstallSource | undefined;
  /** The folder that holds `.configmanager`, which sources of a lock are seen from. */
  readonly root: string;
  /** Nothing may change in the lock. */
  readonly isLockedRun: boolean;
  readonly lockFile: string;
}

/** How a plugin is installed. */
export interface InstallPlan {
  readonly name: string;
  /** Undefined for a plugin that is locked, with a file that was put there by hand. */
  readonly source: InstallSource | undefined;
  readonly version: string | undefined;
  /** What the file has to be; undefined: what the source says, and the lock changes. */
  readonly pinned: LockedPlugin | undefined;
  /** What the lock says now, also where that is about to change. */
  readonly locked: LockedPlugin | undefined;
}

/** `NAME` or `NAME@VERSION`; `@latest` is the newest. Throws CM_USAGE for what is neither. */
export function parseRequest(text: string, update = false): InstallRequest {
  const [given = "", ...rest] = text.split("@");
  const name = given.toLowerCase();
  const version = rest.length === 0 ? undefined : rest.join("@");
  if (prefixOfPluginName(name) === undefined) {
    throw new ConfigManagerError("CM_USAGE", `"${given}" is no name of a plugin`, {
      hint: "write it as vault, or vault@v1.2.3: letters, digits and _, a letter first",
    });
  }
  if (version === "latest") return { name, version: undefined, update: true };
  if (version !== undefined && (!isVersion(version) || update)) {
    const hint = update ? "leave --update or the version out" : "write it as the source spells it, such as v1.2.3";
    const what = update ? "asks for a version and for the newest" : "names no version";
    throw new ConfigManagerError("CM_USAGE", `"${text}" ${what}`, { hint });
  }
  return { name, version, update };
}

/**
 * Decides. What is locked is kept to unless something else is asked for explicitly, which is refused in a locked run.
 *
 * @throws CM_INSTALL_SOURCE when no source is known, CM_LOCKFILE_OUTDATED in a locked run.
 */
export function planInstall(request: InstallRequest, context: PlanContext): InstallPlan {
  const { name, version, update } = request;
  const { locked, from, usual, root, isLockedRun } = context;
  const ofLock = locked?.source === undefined ? undefined : parseSource(locked.source, root);
  const isOther =
    update || (version !== undefined && version !== locked?.version) || (from !== undefined && !isSame(from, ofLock));
  if (locked !== undefined && !isOther)
    return { name, source: ofLock, version: locked.version, pinned: locked, locked };
  if (isLockedRun) throw outdated(request, context);
  const source = from ?? ofLock ?? usual;
  if (source === undefined) throw noSource(name);
  return { name, source, version, pinned: undefined, locked };
}

/** That nobody knows where a plugin comes from. */
export function noSource(name: string): ConfigManagerError {
  return sourceError(
    `no source is known for the plugin "${name}"`,
    `configmanager plugin install ${name} --from URL, or set pluginSource`,
  );
}

function isSame(one: InstallSource, other: InstallSource | undefined): boolean {
  return (
    one.kind === other?.kind &&
    (one.kind === "folder" ? path.relative(one.base, other.base) === "" : one.base === other.base)
  );
}

function outdated({ name }: InstallRequest, { locked, lockFile }: PlanContext): ConfigManagerError {
  const message =
    locked === undefined
      ? `the plugin "${name}" is not locked in "${lockFile}"`
      : `the plugin "${name}" is locked otherwise in "${lockFile}"`;
  return new ConfigManagerError("CM_LOCKFILE_OUTDATED", message, {
    hint: `configmanager --no-locked plugin install ${name}, and commit the lock`,
    details: { plugin: name, lock: lockFile },
  });
}
