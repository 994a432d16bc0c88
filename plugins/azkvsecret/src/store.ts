import { isStoreError, type Store } from "configmanager/plugin";
import { toSecretAddress } from "./address.ts";
import type { SecretReader } from "./client.ts";

let reader: SecretReader | undefined;

/** Secrets of Azure Key Vault. */
export const azKvSecretStore: Store = {
  prefix: "AZKVSECRET",
  version: "0.1.0",
  summary: "secrets of Azure Key Vault",
  pathForm: "<vault>/<secret name>",
  metadataKeys: { version: "the id of a version; the current one unless set" },

  async setUp({ env }) {
    const { openSecretReader } = await import("./client.ts");
    reader = openSecretReader(env);
  },

  async value(request, { signal, log }) {
    const address = toSecretAddress(request);
    const secret = await reader!.read(address, signal);
    if (isStoreError(secret)) return secret;
    if (secret.value === undefined || secret.value === null) {
      log.warn("value retrieved but empty", { vault: address.vault, secret: address.name });
    }
    return { data: secret.value ?? "", version: secret.properties.version, expiresAt: secret.properties.expiresOn };
  },

  tearDown() {
    reader?.close();
  },
};
