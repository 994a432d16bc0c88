import { failed, type Store } from "configmanager/plugin";
import manifest from "../package.json" with { type: "json" };
import { toAddress } from "./address.ts";
import type { SecretClient } from "./client.ts";

/** Google Cloud's Secret Manager. */
export const gcpSecretsStore: Store = createStore();

function createStore(): Store {
  let client: SecretClient | undefined;
  return {
    prefix: "GCPSECRETS",
    version: manifest.version,
    summary: "secrets of Google Cloud's Secret Manager",
    pathForm: "<project>/<secret>, or projects/<project>[/locations/<region>]/secrets/<secret>",
    metadataKeys: { version: "the number of a version, or an alias; latest unless set" },
    async setUp(context) {
      // Loads Google's library, for which the handshake does not wait.
      const { createSecretClient } = await import("./client.ts");
      client = createSecretClient(context);
    },
    tearDown: () => client?.close(),
    value(request, { signal }) {
      const address = toAddress(request);
      if (client === undefined) throw failed("the store is not set up");
      return client.access(address, signal);
    },
    async put(request, { signal }) {
      const { putSecret } = await import("./put-secret.ts");
      return putSecret(client!, request, signal);
    },
  };
}
