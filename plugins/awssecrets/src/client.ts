import {
  type APIErrorType,
  BatchGetSecretValueCommand,
  GetSecretValueCommand,
  type SecretValueEntry,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import {
  type BatchAnswer,
  type BatchedReads,
  type BatchReader,
  type AwsServices,
  createAwsServices,
  createBatchReader,
  type ReadValue,
} from "@configmanager-plugins/aws";
import type { StoreContext } from "configmanager/plugin";
import { currentStage, type SecretAddress, secretAddress, secretArn } from "./address.ts";

/** Secrets Manager in all regions; to be closed. */
export interface SecretClients {
  readonly services: AwsServices<SecretsManagerClient>;
  readonly read: BatchReader;
}

/** Makes the clients for Secrets Manager. Rejects when the environment cannot be used. */
export async function openSecretClients(context: StoreContext): Promise<SecretClients> {
  const services = await createAwsServices(context, {
    endpointPrefix: "secretsmanager",
    concurrency: 16,
    createClient: (options) => new SecretsManagerClient(options),
  });
  return { services, read: createBatchReader(services, reads) };
}

const reads: BatchedReads<SecretsManagerClient, SecretAddress> = {
  addressOf: secretAddress,
  keyOf: ({ secretId, versionId, versionStage }) => JSON.stringify([secretId, versionId, versionStage]),
  // A batch has the current versions alone.
  isBatchable: ({ versionId, versionStage }) => versionId === undefined && versionStage === undefined,
  batchSize: 20,
  async askOne(client, { secretId, versionId, versionStage = currentStage }, abortSignal) {
    const version = versionId === undefined ? { VersionStage: versionStage } : { VersionId: versionId };
    return toValue(await client.send(new GetSecretValueCommand({ SecretId: secretId, ...version }), { abortSignal }));
  },
  async askSeveral(client, addresses, abortSignal) {
    const SecretIdList = addresses.map(({ secretId }) => secretId);
    const secrets = new Map<string, SecretValueEntry>();
    const errors = new Map<string, { readonly error: APIErrorType; readonly requestId: string | undefined }>();
    let nextToken: string | undefined;
    do {
      const reply = await client.send(
        new BatchGetSecretValueCommand({ SecretIdList, ...(nextToken === undefined ? {} : { NextToken: nextToken }) }),
        { abortSignal },
      );
      for (const secret of reply.SecretValues ?? []) {
        for (const id of [secret.Name, secret.ARN]) if (id !== undefined) secrets.set(id, secret);
        const partialArn = partialArnOf(secret);
        // The whole ARN of another secret may look the same, and comes first then.
        if (partialArn !== undefined && !secrets.has(partialArn)) secrets.set(partialArn, secret);
      }
      const { requestId } = reply.$metadata;
      for (const error of reply.Errors ?? []) {
        if (error.SecretId !== undefined) errors.set(error.SecretId, { error, requestId });
      }
      nextToken = reply.NextToken;
    } while (nextToken !== undefined && nextToken !== "");
    const answers = new Map<string, BatchAnswer>();
    for (const address of addresses) {
      const secret = secrets.get(address.secretId);
      const failure = errors.get(address.secretId);
      if (secret !== undefined) answers.set(reads.keyOf(address), { value: toValue(secret) });
      else if (failure !== undefined) answers.set(reads.keyOf(address), { refusal: toRefusal(failure) });
    }
    return answers;
  },
  describe({ secretId, versionId, versionStage }, region) {
    const version = versionId ?? versionStage;
    return {
      what: version === undefined ? secretId : `${secretId} (version ${version})`,
      permission: "secretsmanager:GetSecretValue",
      resource: secretArn(secretId, region),
    };
  },
};

function toValue(secret: Pick<SecretValueEntry, "SecretString" | "SecretBinary" | "VersionId">): ReadValue {
  const { SecretString, SecretBinary, VersionId } = secret;
  const data = SecretString ?? (SecretBinary === undefined || SecretBinary.length === 0 ? undefined : SecretBinary);
  if (data === undefined) return undefined;
  return { data, ...(VersionId === undefined ? {} : { version: VersionId }) };
}

/** An ARN without its hyphen and six random characters, by which a secret may be asked for too. */
function partialArnOf({ Name, ARN }: SecretValueEntry): string | undefined {
  const partialArn = ARN?.slice(0, -7);
  return Name !== undefined && partialArn?.endsWith(`:secret:${Name}`) === true ? partialArn : undefined;
}

function toRefusal({ error, requestId }: { error: APIErrorType; requestId: string | undefined }) {
  const { ErrorCode = "InternalServiceError", Message = "" } = error;
  return { code: ErrorCode, text: Message, requestId, status: undefined, retryAfterMs: undefined };
}
