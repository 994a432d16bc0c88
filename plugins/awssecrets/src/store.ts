import type { Store } from "configmanager/plugin";
import manifest from "../package.json" with { type: "json" };
import type { SecretReader } from "./client.ts";

/** Secrets of AWS Secrets Manager. */
export const awsSecretsStore: Store = createStore();

function createStore(): Store {
  let reader: SecretReader | undefined;
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
      const { openSecretReader } = await import("./client.ts");
      reader = await openSecretReader(context);
    },
    values: (requests, context) => reader!.read(requests, context),
    tearDown: () => reader?.close(),
  };
}
