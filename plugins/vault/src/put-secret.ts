import {
  alreadyExists,
  badRequest,
  createWriteDoubt,
  failed,
  isBeforeSending,
  isStoreError,
  type PutRequest,
  refuseMetadata,
  unavailable,
  type WriteDoubt,
} from "configmanager/plugin";
import type { VaultAccess } from "./access.ts";
import { toVaultRead, type VaultRead } from "./address.ts";
import { readWritten } from "./reply.ts";
import { hasKey, setKey, toKeyText, toSecretText } from "./secret-text.ts";
import { VaultFailure } from "./server.ts";
import { readErrors } from "./vault-errors.ts";

/** How often a write is begun again when others have written meanwhile. */
const maxRounds = 10;

/**
 * Writes a secret, or one key of it. With KV version 2 nothing that others write is lost: what is made of what was read is
 * written on the condition that it is still the current version, else it is made anew.
 *
 * Rejects with `alreadyExists`, with `badRequest` for what cannot be written so, `unavailable` when others never stop
 * writing, or with the StoreError of a request.
 */
export async function putSecret(
  access: VaultAccess,
  request: PutRequest,
  signal: AbortSignal,
): Promise<{ readonly version?: string }> {
  const write = toWrite(request);
  const otherEngine = await access.otherEngine(write.target, signal);
  if (otherEngine !== undefined) throw otherEngine;
  const doubt = createWriteDoubt(didNothing);
  try {
    return await writeInRounds(access, write, doubt, signal);
  } catch (error) {
    throw isStoreError(error) ? doubt.settle(error) : error;
  }
}

interface Write {
  readonly target: VaultRead;
  /** Undefined for the whole secret. */
  readonly key: string | undefined;
  /** The JSON of the whole secret, or the text of the key. */
  readonly text: string;
  readonly createOnly: boolean;
}

/** A secret as it is: no text when there is none or its current version is deleted, version 0 when there never was one. */
interface Current {
  readonly text: string | undefined;
  readonly version: number;
}

function toWrite(request: PutRequest): Write {
  refuseMetadata(request, ["version"], "writing");
  const { path, data, createOnly } = request;
  const { key: keyPath, ...metadata } = request.metadata;
  const target = toVaultRead({ path, metadata });
  if (target.engine === "raw") {
    throw badRequest("engine=raw cannot be written", { hint: "write to a KV mount, or with Vault's own tools" });
  }
  const key = keyPath === undefined ? undefined : toKey(keyPath);
  return { target, key, text: key === undefined ? toSecretText(data, path) : toKeyText(data), createOnly };
}

function toKey(keyPath: string): string {
  const segments = readSegments(keyPath);
  if (segments.length === 1 && typeof segments[0] === "string") return segments[0];
  throw badRequest("a key path of one name is written, and no other", {
    hint: "name a key of the secret itself, or write the secret as a whole",
  });
}

function readSegments(keyPath: string): readonly unknown[] {
  try {
    const segments: unknown = JSON.parse(keyPath);
    return Array.isArray(segments) ? segments : [];
  } catch {
    return [];
  }
}

async function writeInRounds(
  access: VaultAccess,
  write: Write,
  doubt: WriteDoubt,
  signal: AbortSignal,
): Promise<{ readonly version?: string }> {
  const { target, key, createOnly } = write;
  const isVersioned = target.engine === "kv2";
  // What replaces a secret need not know it; Vault itself sees to it that nothing is there when it must not be.
  const isBlind = key === undefined && (isVersioned || !createOnly);
  let current = isBlind ? undefined : await readCurrent(access, target, signal);
  for (let round = 1; ; round++) {
    const text = nextText(write, current);
    const cas = current?.version ?? (createOnly ? 0 : undefined);
    try {
      return await send(access, target, isVersioned ? toVersionedBody(text, cas) : text, doubt, signal);
    } catch (error) {
      if (!(error instanceof VaultFailure)) throw error;
      if (round === maxRounds) throw unavailable(`"${target.path}" is written by others all the time`);
    }
    current = await readCurrent(access, target, signal);
    // A try that got no answer had written after all.
    const isOwn = doubt.isOpen() && current.text === text && current.version > (cas ?? 0);
    if (isOwn) return { version: String(current.version) };
  }
}

function nextText({ target, key, text, createOnly }: Write, current: Current | undefined): string {
  const old = current?.text;
  if (createOnly && old !== undefined && (key === undefined || hasKey(old, key))) {
    throw alreadyExists(key === undefined ? target.path : `${target.path}|${key}`);
  }
  return key === undefined ? text : setKey(old ?? "{}", key, text);
}

function toVersionedBody(text: string, cas: number | undefined): string {
  return cas === undefined ? `{"data":${text}}` : `{"data":${text},"options":{"cas":${cas}}}`;
}

async function readCurrent(access: VaultAccess, target: VaultRead, signal: AbortSignal): Promise<Current> {
  const reply = await access.read(target, signal);
  if (reply.found) {
    const { data, version = "0" } = reply.value;
    return { text: data === "" ? undefined : data, version: Number(version) };
  }
  if (reply.reason === "secret" && reply.error.kind === "notFound") return { text: undefined, version: 0 };
  throw reply.error;
}

async function send(
  access: VaultAccess,
  target: VaultRead,
  json: string,
  doubt: WriteDoubt,
  signal: AbortSignal,
): Promise<{ readonly version?: string }> {
  const { path, role, engine } = target;
  const method = engine === "kv2" ? "POST" : "PUT";
  const asked = { path, action: "written", role, doubt, passes: isConflict } as const;
  const { version, missing } = readWritten(await access.send({ method, path, json }, asked, signal));
  if (missing !== undefined) throw await access.explain(target, missing, signal);
  if (version === undefined && engine === "kv2") {
    throw failed(`"${path}" was written, and is none of a mount of KV version 2`, {
      hint: "look at what is there now, and add [engine=kv1] if that is what the mount is",
    });
  }
  return version === undefined ? {} : { version };
}

/** Somebody has written meanwhile, or the mount wants to know which version is replaced. */
function isConflict({ status, text }: VaultFailure): boolean {
  return status === 400 && readErrors(text).some((said) => said.includes("check-and-set parameter"));
}

/** A refusal is one; and what Vault itself says before it does anything. */
function didNothing(error: unknown): boolean {
  if (!(error instanceof VaultFailure)) return isBeforeSending(error);
  return error.status < 500 || (error.status === 503 && readErrors(error.text).some((said) => /sealed/i.test(said)));
}
