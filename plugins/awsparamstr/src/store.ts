import type { Store } from "configmanager/plugin";
import manifest from "../package.json" with { type: "json" };
import type { ParameterReader } from "./client.ts";

/** Parameters of AWS Systems Manager Parameter Store, decrypted. */
export const awsParamStrStore: Store = createStore();

function createStore(): Store {
  let reader: ParameterReader | undefined;
  return {
    prefix: "AWSPARAMSTR",
    version: manifest.version,
    summary: "parameters of AWS Systems Manager Parameter Store, SecureStrings decrypted",
    pathForm: "</parameter/name>",
    metadataKeys: {
      version: "the number of a version; the newest unless set",
      label: "the label of a version",
      region: "the AWS region; of AWS_REGION, AWS_DEFAULT_REGION or the profile unless set",
    },
    async setUp(context) {
      const { openParameterReader } = await import("./client.ts");
      reader = await openParameterReader(context);
    },
    values: (requests, context) => reader!.read(requests, context),
    tearDown: () => reader?.close(),
  };
}
