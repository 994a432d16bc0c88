import type { Store } from "configmanager/plugin";
import manifest from "../package.json" with { type: "json" };
import type { SecretClients } from "./client.ts";

/** Secrets of AWS Secrets Manager. */
export const awsSecretsStore: Store = createStore();

function createStore(): Store {
  let clients: SecretClients | undefined;
  return {
    prefix: "AWSSECRETS",
    version: manifest.version,
    summary: "secrets of AWS Secrets Manager",
    pathForm: "<secret name or ARN>",
    metadataKeys: {
      version: "a version id (when it looks like one, a UUID) or a staging label; AWSCURRENT unless set",
      stage: "a staging label",
      id: "a version id",
      region: "the AWS region; of AWS_REGION, AWS_DEFAULT_REGION or the profile unless set",
    },
    async setUp(context) {
      const { openSecretClients } = await import("./client.ts");
      clients = await openSecretClients(context);
    },
    values: (requests, context) => clients!.read(requests, context),
    async put(request, { signal }) {
      const { putSecret } = await import("./put-secret.ts");
      return putSecret(clients!.services, request, signal);
    },
    async *list(request, context) {
      const { listSecrets } = await import("./list-secrets.ts");
      yield* listSecrets(clients!, request, context);
    },
    tearDown: () => clients?.services.close(),
  };
}
