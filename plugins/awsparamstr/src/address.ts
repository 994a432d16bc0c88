import { partitionOf } from "@configmanager-plugins/aws";
import { badRequest, refuseMetadata, type StoreRequest } from "configmanager/plugin";

/** What names one value in Parameter Store. */
export interface ParameterAddress {
  /** Name or ARN, with the selector: `/a/b`, `/a/b:3`, `/a/b:prod`. */
  readonly name: string;
  /** The same without the selector. */
  readonly bareName: string;
  /** Of the metadata, or of the ARN. */
  readonly region: string | undefined;
}

/**
 * The address of a value that is read. Throws `badRequest` for a version that is no number, a label that cannot be one, two
 * of them, and what only says how a value is written.
 */
export function parameterAddress(request: StoreRequest): ParameterAddress {
  refuseMetadata(request, ["type", "kmsKeyId"], "reading");
  const { path, metadata } = request;
  const { version, label, region = regionOfArn(path) } = metadata;
  if (path === "") throw badRequest("the name of the parameter is empty");
  const bareName = withoutSelector(path);
  if (version === undefined && label === undefined) return { name: path, bareName, region };
  if (bareName !== path || (version !== undefined && label !== undefined)) {
    throw badRequest(`"${path}" is asked for by several selectors`, {
      hint: "give one of version, label, and a selector in the name",
    });
  }
  if (version !== undefined && !/^[0-9]+$/.test(version)) {
    throw badRequest(`version "${version}" is not a number`, { hint: "name a label as [label=…]" });
  }
  if (label !== undefined && !/^(?![0-9])[A-Za-z0-9_.-]{1,100}$/.test(label)) {
    throw badRequest(`"${label}" cannot be a label`, { hint: "name a version by its number as [version=…]" });
  }
  return { name: `${path}:${version ?? label}`, bareName, region };
}

/** Whether the name can be one: any other would make the service refuse a whole batch. */
export function isRegularName({ name }: ParameterAddress): boolean {
  return /^(?:arn:[^:]*:ssm:[^:]*:[^:]*:parameter)?[A-Za-z0-9_.\-/]{1,1100}(?::[A-Za-z0-9_.-]{1,100})?$/.test(name);
}

/** The ARN of a parameter, with a star for the account; of an ARN itself. */
export function parameterArn(bareName: string, region: string): string {
  if (bareName.startsWith("arn:")) return bareName;
  return `arn:${partitionOf(region)}:ssm:${region}:*:parameter/${bareName.replace(/^\//, "")}`;
}

/** An ARN has colons of its own: the selector comes after the sixth. */
function withoutSelector(path: string): string {
  const parts = path.split(":");
  return parts.slice(0, path.startsWith("arn:") ? 6 : 1).join(":");
}

function regionOfArn(path: string): string | undefined {
  return path.startsWith("arn:") ? path.split(":")[3] : undefined;
}
