import { randomUUID } from "node:crypto";
import {
  CreateSecretCommand,
  type CreateSecretCommandInput,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { type AwsService, type AwsServices, writeAwsValue } from "@configmanager-plugins/aws";
import {
  alreadyExists,
  badRequest,
  isStoreError,
  type PutRequest,
  refuseMetadata,
  utf8Text,
} from "configmanager/plugin";
import { isArn, regionOfArn, secretArn } from "./address.ts";

/**
 * Writes the current version of a secret, which is created when there is none, and resolves to the id of the version.
 * Rejects with `badRequest` for what cannot be written, with `alreadyExists`, and as a read does.
 */
export async function putSecret(
  services: AwsServices<SecretsManagerClient>,
  request: PutRequest,
  signal: AbortSignal,
): Promise<{ readonly version: string | undefined }> {
  refuseMetadata(request, ["version", "stage", "id"], "writing");
  const { path, metadata, data, createOnly } = request;
  if (path === "") throw badRequest("the name of the secret is empty");
  if (data.length === 0) throw badRequest(`the value for "${path}" is empty, and a secret cannot be`);
  if (createOnly && isArn(path)) {
    throw badRequest(`"${path}" cannot be created: it is an ARN`, { hint: "write the name of the secret" });
  }
  const service = await services.inRegion(metadata["region"] ?? regionOfArn(path));
  const write = createWrite(service, request, signal);
  if (createOnly) return write.create();
  const version = await write.put();
  if (version !== undefined) return version;
  try {
    return await write.create();
  } catch (error) {
    // Somebody else has created it just now.
    const created = isStoreError(error) && error.kind === "alreadyExists" ? await write.put() : undefined;
    if (created === undefined) throw error;
    return created;
  }
}

interface WrittenVersion {
  readonly version: string | undefined;
}

interface SecretWrite {
  /** Undefined when there is no such secret, and it can be created. */
  readonly put: () => Promise<WrittenVersion | undefined>;
  readonly create: () => Promise<WrittenVersion>;
}

/** Both calls may be tried again: by its token Secrets Manager knows a version that it has, and makes no second one. */
function createWrite(
  service: AwsService<SecretsManagerClient>,
  { path, data }: PutRequest,
  signal: AbortSignal,
): SecretWrite {
  const text = utf8Text(data);
  const content: Pick<CreateSecretCommandInput, "ClientRequestToken" | "SecretString" | "SecretBinary"> = {
    ClientRequestToken: randomUUID(),
    ...(text === undefined ? { SecretBinary: data } : { SecretString: text }),
  };
  const written = { what: path, resource: secretArn(path, service.region), sent: data };
  return {
    async put() {
      const command = new PutSecretValueCommand({ SecretId: path, ...content });
      const asked = { ...written, permission: "secretsmanager:PutSecretValue" };
      try {
        const { VersionId } = await writeAwsValue(
          service,
          asked,
          (client, abortSignal) => client.send(command, { abortSignal }),
          signal,
        );
        return { version: VersionId };
      } catch (error) {
        if (isStoreError(error) && error.kind === "notFound" && !isArn(path)) return undefined;
        throw error;
      }
    },
    async create() {
      const command = new CreateSecretCommand({ Name: path, ...content });
      const asked = { ...written, permission: "secretsmanager:CreateSecret" };
      const { VersionId } = await writeAwsValue(
        service,
        asked,
        async (client, abortSignal) => {
          try {
            return await client.send(command, { abortSignal });
          } catch (error) {
            throw error instanceof Error && error.name === "ResourceExistsException" ? alreadyExists(path) : error;
          }
        },
        signal,
      );
      return { version: VersionId };
    },
  };
}
