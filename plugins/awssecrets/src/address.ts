import { partitionOf } from "@configmanager-plugins/aws";
import { badRequest, type StoreRequest } from "configmanager/plugin";

/** What names one value in Secrets Manager. */
export interface SecretAddress {
  /** A name, an ARN, or an ARN without its random end. */
  readonly secretId: string;
  /** One of both, or neither for the current version. */
  readonly versionId: string | undefined;
  readonly versionStage: string | undefined;
  /** Of the metadata, or of the ARN. */
  readonly region: string | undefined;
}

/** The staging label of the version that counts. */
export const currentStage = "AWSCURRENT";

/** The address of a request. Throws `badRequest` when several versions are asked for. */
export function secretAddress({ path, metadata }: StoreRequest): SecretAddress {
  const { version, stage, id, region = regionOfArn(path) } = metadata;
  if (path === "") throw badRequest("the name of the secret is empty");
  const given = [version, stage, id].filter((text) => text !== undefined);
  if (given.length > 1) {
    throw badRequest(`"${path}" is asked for by several versions`, { hint: "give one of version, stage and id" });
  }
  if (given[0] === "") throw badRequest(`the version of "${path}" is empty`);
  const isId = id !== undefined || (version !== undefined && isUuid(version));
  const stageOrVersion = stage ?? version;
  return {
    secretId: path,
    versionId: isId ? (id ?? version) : undefined,
    versionStage: isId || stageOrVersion === currentStage ? undefined : stageOrVersion,
    region,
  };
}

/** The ARN of a secret, with stars for the account and for its random end; of an ARN itself. */
export function secretArn(secretId: string, region: string): string {
  return isArn(secretId) ? secretId : `arn:${partitionOf(region)}:secretsmanager:${region}:*:secret:${secretId}-*`;
}

/** Whether a secret is named by its ARN. */
export function isArn(secretId: string): boolean {
  return secretId.startsWith("arn:");
}

/** Version ids that Secrets Manager makes are UUIDs; nobody gives such a name to a label. */
function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}

/** The region of an ARN; undefined for a name. */
export function regionOfArn(path: string): string | undefined {
  return isArn(path) ? path.split(":")[3] : undefined;
}
