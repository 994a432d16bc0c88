import { type Store, unavailable } from "configmanager/plugin";
import manifest from "../package.json" with { type: "json" };
import { toVaultRead } from "./address.ts";
import type { VaultClient } from "./client.ts";

/** A store of its own, for a process that has several. */
export function createVaultStore(): Store {
  let client: VaultClient | Error = unavailable("the store is not set up");
  return {
    prefix: "VAULT",
    version: manifest.version,
    summary: "HashiCorp Vault and OpenBao: secrets of KV version 2 and 1, and any path that answers with data",
    pathForm: "<mount>___<path of the secret>",
    metadataKeys: {
      version: "the version of a secret of KV version 2; the current one unless set",
      iam_role: "the role to log in with; VAULT_ROLE unless set",
      role: "the same as iam_role",
      engine: "kv2, kv1 or raw; kv2 unless set",
      // What stands behind the | of a token comes as this when a value is written; nobody writes it.
      key: "for writing: the key in the secret, a JSON array of one name",
    },
    async setUp(context) {
      const { createVaultClient } = await import("./client.ts");
      // Not thrown: each value is to be refused with this very message.
      client = await createVaultClient(context).catch((error: unknown) => error as Error);
    },
    async value(request, context) {
      const read = toVaultRead(request);
      if (client instanceof Error) throw client;
      return client.read(read, context.signal);
    },
    async put(request, { signal }) {
      if (client instanceof Error) throw client;
      return client.put(request, signal);
    },
    async *list(request, { signal }) {
      if (client instanceof Error) throw client;
      yield* client.list(request, signal);
    },
    tearDown() {
      if (!(client instanceof Error)) client.close();
    },
  };
}

/** Values of HashiCorp Vault or OpenBao, over its HTTP interface. */
export const vaultStore: Store = createVaultStore();
