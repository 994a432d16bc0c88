import type { Store } from "configmanager/plugin";
import manifest from "../package.json" with { type: "json" };
import type { ParameterClients } from "./client.ts";

/** Parameters of AWS Systems Manager Parameter Store, decrypted. */
export const awsParamStrStore: Store = createStore();

function createStore(): Store {
  let clients: ParameterClients | undefined;
  return {
    prefix: "AWSPARAMSTR",
    version: manifest.version,
    summary: "parameters of AWS Systems Manager Parameter Store, SecureStrings decrypted",
    pathForm: "</parameter/name>",
    metadataKeys: {
      version: "the number of a version; the newest unless set",
      label: "the label of a version",
      type: "of a value that is written: String, StringList or SecureString; as it is, or SecureString, unless set",
      kmsKeyId: "of a value that is written: the KMS key of a SecureString",
      region: "the AWS region; of AWS_REGION, AWS_DEFAULT_REGION or the profile unless set",
    },
    async setUp(context) {
      const { openParameterClients } = await import("./client.ts");
      clients = await openParameterClients(context);
    },
    values: (requests, context) => clients!.read(requests, context),
    async put(request, { signal }) {
      const { putParameter } = await import("./put-parameter.ts");
      return putParameter(clients!.services, request, signal);
    },
    async *list(request, { signal }) {
      const { listParameters } = await import("./list-parameters.ts");
      yield* listParameters(clients!.services, request, signal);
    },
    tearDown: () => clients?.services.close(),
  };
}
