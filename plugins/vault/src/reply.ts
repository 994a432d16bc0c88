import { badRequest, failed, notFound, StoreError, type StoreValue, toGoJson } from "configmanager/plugin";
import type { VaultRead } from "./address.ts";
import type { VaultResponse } from "./server.ts";

/** A value that was read: `""` when the version is deleted. */
export type ReadValue = Exclude<StoreValue, string | Uint8Array> & { readonly data: string };

/** What Vault said to a read that found something. */
export interface FoundReply {
  readonly found: true;
  readonly value: ReadValue;
}

/** What Vault said to a read: a value, or nothing. */
export type Reply = FoundReply | { readonly found: false; readonly reason: MissingReason };

/** Why there is nothing: no such secret, no such mount, or a mount of KV version 2 that was read as another. */
export type MissingReason = "secret" | "mount" | "versioned";

/**
 * Reads the answer to a read. The value is the secret's object as Go's encoder prints it, its numbers as they were
 * written. Throws `failed` for what is no answer of a Vault, and `badRequest` when the mount is not of the engine that was
 * asked for.
 */
export function readReply(read: VaultRead, { status, text }: VaultResponse, now: Date = new Date()): Reply {
  const reply = parseReply(text, status);
  if (status === 404 && !isFilled(reply.data)) {
    return { found: false, reason: missingReason(reply) };
  }
  if (read.engine === "kv2") return readVersioned(read, reply.data, text);
  if (reply.data === undefined || reply.data === null) {
    throw failed(`"${read.path}" answers without data`, {
      hint: "name a path whose answer to a read has data, as secrets and credentials do",
    });
  }
  return {
    found: true,
    value: {
      data: toGoJson(text, { numbers: "literal", at: ["data"] }),
      version: undefined,
      expiresAt: leaseEnd(reply, now),
    },
  };
}

/**
 * The names that a folder holds, those of folders in it with a slash at their end; the reason when it holds none, which
 * for a folder is no error. Throws `failed` for what is no answer of a Vault.
 */
export function readNames({ status, text }: VaultResponse): readonly string[] | MissingReason {
  const reply = parseReply(text, status);
  if (status === 404) return missingReason(reply);
  const keys = isObject(reply.data) ? reply.data["keys"] : undefined;
  if (!Array.isArray(keys)) throw failed(`the answer to a listing has no names (${status})`);
  // A name that leads elsewhere is none of a secret.
  return keys.filter((key) => typeof key === "string" && !/^(?:\.{0,2})\/?$/.test(key)) as string[];
}

/** The version that a write has made; undefined when the mount has no versions, and the reason when it did not write. */
export function readWritten({ status, text }: VaultResponse): { version?: string; missing?: MissingReason } {
  // Version 1 has nothing to say.
  if (status === 204) return {};
  const reply = parseReply(text, status);
  if (status === 404) return { missing: missingReason(reply) };
  const version = isObject(reply.data) ? reply.data["version"] : undefined;
  return typeof version === "number" ? { version: String(version) } : {};
}

interface VaultReply {
  readonly data?: unknown;
  readonly errors?: unknown;
  readonly warnings?: unknown;
  readonly lease_id?: unknown;
  readonly lease_duration?: unknown;
}

function parseReply(text: string, status: number): VaultReply {
  let reply: unknown;
  try {
    reply = JSON.parse(text);
  } catch {
    reply = undefined;
  }
  if (isObject(reply)) return reply;
  // Vault itself has a body for each of its answers.
  throw failed(`the answer is not one of Vault (${status})`, {
    hint: "check VAULT_ADDR, and what stands between you and Vault",
  });
}

function readVersioned(read: VaultRead, data: unknown, text: string): Reply {
  const { data: secret, metadata } = isObject(data) ? data : {};
  if ((!isObject(secret) && secret !== null) || !isObject(metadata)) {
    throw badRequest(`"${read.path}" holds no secret of KV version 2`, {
      hint: `add [engine=kv1] if "${read.mount}" is a mount of KV version 1, or [engine=raw] to read any path`,
    });
  }
  const version = typeof metadata["version"] === "number" ? String(metadata["version"]) : undefined;
  if (secret === null) return { found: true, value: { data: "", version } };
  return {
    found: true,
    value: {
      data: toGoJson(text, { numbers: "literal", at: ["data", "data"] }),
      version,
      expiresAt: toDate(metadata["deletion_time"]),
    },
  };
}

/** The messages are Vault's own: there is nothing else by which to tell the reasons of a 404. */
function missingReason({ errors, warnings }: VaultReply): MissingReason {
  if (mentions(warnings, "versioned K/V")) return "versioned";
  return mentions(errors, "no handler for route") ? "mount" : "secret";
}

function mentions(texts: unknown, words: string): boolean {
  return Array.isArray(texts) && texts.some((text) => typeof text === "string" && text.includes(words));
}

function leaseEnd({ lease_id: id, lease_duration: seconds }: VaultReply, now: Date): Date | undefined {
  // Without an id it is only how often KV version 1 suggests to look again.
  if (typeof id !== "string" || id === "" || typeof seconds !== "number" || seconds <= 0) return undefined;
  return new Date(now.getTime() + seconds * 1000);
}

/** Set for a version that goes by itself some day. */
function toDate(text: unknown): Date | undefined {
  const date = typeof text === "string" && text !== "" ? new Date(text) : undefined;
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
}

function isFilled(data: unknown): boolean {
  return isObject(data) && Object.keys(data).length > 0;
}

function isObject(thing: unknown): thing is Record<string, unknown> {
  return typeof thing === "object" && thing !== null && !Array.isArray(thing);
}

/** The error for a read that found nothing. */
export function toMissingError(read: VaultRead, reason: MissingReason): StoreError {
  const { path, mount, version, engine } = read;
  if (reason === "versioned") {
    return badRequest(`"${mount || path}" is a mount of KV version 2`, {
      hint: engine === "kv1" ? "leave engine=kv1 out of the token" : "write VAULT://<mount>___<path of the secret>",
    });
  }
  if (reason === "mount") {
    return notFound(path, { hint: `check that a secrets engine is mounted at "${mount || path}"` });
  }
  const which = version === undefined ? "" : ` for version ${version}`;
  return new StoreError("notFound", `no secret found at ${path}${which}`, {
    hint: "check the path, the namespace and VAULT_ADDR",
  });
}
