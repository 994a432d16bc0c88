import { badRequest, type StoreError } from "configmanager/plugin";
import type { VaultRead } from "./address.ts";
import { type MissingReason, toMissingError } from "./reply.ts";
import type { VaultResponse } from "./server.ts";

/**
 * The error for a read that found nothing. KV version 1 has no word of its own for a read in the manner of version 2, so
 * that Vault is asked once for each mount what it is; it tells everybody who may read something there.
 */
export async function explainMissing(
  read: VaultRead,
  reason: MissingReason,
  known: Map<string, Promise<string | undefined>>,
  ask: (path: string) => Promise<VaultResponse>,
): Promise<StoreError> {
  if (reason !== "secret") return toMissingError(read, reason);
  return (await findOtherEngine(read, known, ask)) ?? toMissingError(read, reason);
}

/** The error for a mount that is known to be of another engine than the one that is asked for; undefined for any other. */
export async function findOtherEngine(
  read: VaultRead,
  known: Map<string, Promise<string | undefined>>,
  ask: (path: string) => Promise<VaultResponse>,
): Promise<StoreError | undefined> {
  const { engine, mount } = read;
  if (engine === "raw" || mount === "") return undefined;
  let asked = known.get(mount);
  if (asked === undefined) {
    asked = ask(`sys/internal/ui/mounts/${mount}`).then(readEngine, () => undefined);
    known.set(mount, asked);
  }
  const found = await asked;
  if (found === undefined || found === engine) return undefined;
  if (found === "kv2") return toMissingError(read, "versioned");
  if (found === "kv1") {
    return badRequest(`"${mount}" is a mount of KV version 1`, { hint: "add [engine=kv1] to the token" });
  }
  return badRequest(`"${mount}" is a mount of the engine "${found}"`, {
    hint: "add [engine=raw], and write the whole path to read: VAULT://<mount>/<path>[engine=raw]",
  });
}

/** `kv1`, `kv2` or the name of another engine; undefined when the answer does not say. */
function readEngine({ text }: VaultResponse): string | undefined {
  const { data } = JSON.parse(text) as {
    data?: { type?: unknown; options?: { version?: unknown } | null } | null;
  };
  const type = data?.type;
  if (typeof type !== "string") return undefined;
  if (type !== "kv" && type !== "generic") return type;
  return data?.options?.version === "2" ? "kv2" : "kv1";
}
