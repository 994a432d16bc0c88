import {
  DescribeParametersCommand,
  type ParameterMetadata,
  ParameterType,
  PutParameterCommand,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import {
  type AwsAsked,
  type AwsService,
  type AwsServices,
  type AwsWritten,
  listAwsPages,
  writeAwsValue,
} from "@configmanager-plugins/aws";
import { alreadyExists, badRequest, type PutRequest, refuseMetadata, utf8Text } from "configmanager/plugin";
import { parameterArn } from "./address.ts";

/**
 * Writes a parameter and resolves to the number of its version. One that is there keeps its type and its key unless the
 * metadata has others; a new one is a SecureString. Rejects with `badRequest` for what cannot be written, with
 * `alreadyExists`, and as a read does.
 */
export async function putParameter(
  services: AwsServices<SSMClient>,
  request: PutRequest,
  signal: AbortSignal,
): Promise<{ readonly version: string | undefined }> {
  const { createOnly } = request;
  const { name, value, kind } = toWrittenParameter(request);
  const service = await services.inRegion(request.metadata["region"]);
  const written = { what: name, resource: parameterArn(name, service.region), sent: request.data };
  const { type, kmsKeyId } = createOnly ? kind : await kindToKeep(service, written, kind, signal);
  const command = new PutParameterCommand({
    Name: name,
    Value: value,
    Type: type ?? ParameterType.SECURE_STRING,
    ...(kmsKeyId === undefined ? {} : { KeyId: kmsKeyId }),
    Overwrite: !createOnly,
  });
  // Overwriting may be done again: that makes one more version with the same value. A parameter that is only to be created
  // is not created twice either, but what is there the second time may be what the first try has created.
  const { Version } = await writeAwsValue(
    service,
    { ...written, permission: "ssm:PutParameter" },
    async (client, attempt) => {
      try {
        return await client.send(command, { abortSignal: attempt });
      } catch (error) {
        throw error instanceof Error && error.name === "ParameterAlreadyExists" ? alreadyExists(name) : error;
      }
    },
    signal,
  );
  return { version: Version === undefined ? undefined : String(Version) };
}

/** How a parameter is kept. */
interface ParameterKind {
  readonly type: ParameterType | undefined;
  readonly kmsKeyId: string | undefined;
}

function toWrittenParameter(request: PutRequest): {
  readonly name: string;
  readonly value: string;
  readonly kind: ParameterKind;
} {
  refuseMetadata(request, ["version", "label"], "writing");
  const { path: name, metadata, data } = request;
  if (name === "") throw badRequest("the name of the parameter is empty");
  if (name.includes(":")) {
    throw badRequest(`"${name}" cannot be written`, { hint: "write the name alone: no ARN, no version, no label" });
  }
  const value = utf8Text(data);
  if (value === undefined)
    throw badRequest(`the value for "${name}" is no UTF-8 text, and a parameter is nothing else`);
  if (value === "") throw badRequest(`the value for "${name}" is empty, and a parameter cannot be`);
  const { type, kmsKeyId } = metadata;
  if (type !== undefined && !isParameterType(type)) {
    throw badRequest(`"${type}" is no type of a parameter`, { hint: "write String, StringList or SecureString" });
  }
  if (kmsKeyId !== undefined && type !== undefined && type !== ParameterType.SECURE_STRING) {
    throw badRequest(`a parameter of the type "${type}" has no KMS key`, { hint: "leave type or kmsKeyId out" });
  }
  return { name, value, kind: { type, kmsKeyId } };
}

function isParameterType(type: string): type is ParameterType {
  return Object.values<string>(ParameterType).includes(type);
}

/**
 * What the service does not keep by itself: a SecureString that is written without its key goes to the key of the account,
 * whatever key it had.
 */
async function kindToKeep(
  service: AwsService<SSMClient>,
  written: Omit<AwsWritten, "permission">,
  kind: ParameterKind,
  signal: AbortSignal,
): Promise<ParameterKind> {
  if (kind.kmsKeyId !== undefined) return { ...kind, type: ParameterType.SECURE_STRING };
  if (kind.type !== undefined && kind.type !== ParameterType.SECURE_STRING) return kind;
  // For its permission there is no smaller resource.
  const asked = { ...written, permission: "ssm:DescribeParameters", resource: "*", action: "written" } as const;
  const known = await describeParameter(service, asked, signal);
  const type = kind.type ?? known?.Type;
  return { type, kmsKeyId: type === ParameterType.SECURE_STRING ? known?.KeyId : undefined };
}

async function describeParameter(
  service: AwsService<SSMClient>,
  asked: Omit<AwsAsked, "region" | "host">,
  signal: AbortSignal,
): Promise<ParameterMetadata | undefined> {
  const ParameterFilters = [{ Key: "Name", Option: "Equals", Values: [asked.what] }];
  const pages = listAwsPages(
    service,
    asked,
    async (client, NextToken, abortSignal) => {
      const input = NextToken === undefined ? { ParameterFilters } : { ParameterFilters, NextToken };
      const reply = await client.send(new DescribeParametersCommand(input), { abortSignal });
      return { items: reply.Parameters ?? [], nextToken: reply.NextToken };
    },
    signal,
  );
  // A page may be empty and not be the last.
  for await (const parameters of pages) {
    const found = parameters.find(({ Name }) => Name === asked.what);
    if (found !== undefined) return found;
  }
  return undefined;
}
