import type { KeyVaultSecret } from "@azure/keyvault-secrets";
import type { Store, StoreLog, StoreValue } from "configmanager/plugin";
import { type SecretAddress, toSecretAddress } from "./address.ts";
import type { VaultClients } from "./client.ts";

let clients: VaultClients | undefined;

/** Secrets of Azure Key Vault. */
export const azKvSecretStore: Store = {
  prefix: "AZKVSECRET",
  version: "0.1.0",
  summary: "secrets of Azure Key Vault",
  pathForm: "<vault>/<secret name>",
  metadataKeys: { version: "the id of a version; the current one unless set" },

  async setUp({ env }) {
    const { openVaultClients } = await import("./client.ts");
    clients = openVaultClients(env);
  },

  async value(request, { signal, log }) {
    const address = toSecretAddress(request);
    return toValue(await clients!.read(address, signal), address, log);
  },

  async put(request, { signal }) {
    const { putSecret } = await import("./put-secret.ts");
    return putSecret(clients!.vaults, request, signal);
  },

  async *list(request, context) {
    const { listSecrets } = await import("./list-secrets.ts");
    for await (const { path, address, secret } of listSecrets(clients!, request, context.signal)) {
      yield { path, value: toValue(secret, address, context.log) };
    }
  },

  tearDown() {
    clients?.vaults.close();
  },
};

function toValue({ value, properties }: KeyVaultSecret, { vault, name }: SecretAddress, log: StoreLog): StoreValue {
  if (value === undefined || value === null) log.warn("value retrieved but empty", { vault, secret: name });
  return { data: value ?? "", version: properties.version, expiresAt: properties.expiresOn };
}
