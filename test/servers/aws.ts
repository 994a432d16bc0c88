/**
 * SSM's Parameter Store and Secrets Manager, played by their JSON protocols, for several accounts: which one is asked is
 * said by the access key of the signature, which is not checked (moto checks it). Versions are moto's business too.
 */
import type { RequestListener } from "node:http";
import { type Answer, createScript, json, type RecordedRequest } from "./scripted-server.ts";

/** What an account holds, by name. */
export interface AwsAccount {
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  readonly secrets?: Readonly<Record<string, string>> | undefined;
}

/** Both services as a backend of `startCloud`, for `*.amazonaws.com`. */
export interface Aws {
  readonly handler: RequestListener;
  readonly requests: readonly RecordedRequest[];
}

/** How the services behave beside that. */
export interface AwsOptions {
  /** Answers in place of the services when it returns something. */
  readonly interfere?: ((request: RecordedRequest) => Answer | Promise<Answer> | undefined) | undefined;
}

/** Makes both services; `accounts` by access key id. */
export function createAws(accounts: Readonly<Record<string, AwsAccount>>, options: AwsOptions = {}): Aws {
  const { listener, requests } = createScript((request) => options.interfere?.(request) ?? answerTo(request, accounts));
  return { handler: listener, requests };
}

/** The operation that a request asks for: `AmazonSSM.GetParameters`. */
export function targetOf(request: RecordedRequest): string {
  return String(request.headers["x-amz-target"]);
}

function answerTo(request: RecordedRequest, accounts: Readonly<Record<string, AwsAccount>>): Answer {
  const key = /Credential=([^/]+)\//.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const account = accounts[key];
  if (account === undefined)
    return refusal("UnrecognizedClientException", "The security token included in the request is invalid.");
  const input = JSON.parse(request.text) as Input;
  switch (targetOf(request)) {
    case "AmazonSSM.GetParameter":
      return getParameter(account, input);
    case "AmazonSSM.GetParameters":
      return getParameters(account, input);
    case "secretsmanager.GetSecretValue":
      return getSecretValue(account, input);
    case "secretsmanager.BatchGetSecretValue":
      return batchGetSecretValue(account, input);
    default:
      return refusal("UnknownOperationException", "There is no such operation.");
  }
}

interface Input {
  readonly Name?: string;
  readonly Names?: readonly string[];
  readonly SecretId?: string;
  readonly SecretIdList?: readonly string[];
}

function getParameter({ parameters = {} }: AwsAccount, { Name = "" }: Input): Answer {
  const value = parameters[Name];
  if (value === undefined) return refusal("ParameterNotFound", "");
  return amzJson({ Parameter: toParameter(Name, value) });
}

function getParameters({ parameters = {} }: AwsAccount, { Names = [] }: Input): Answer {
  const found = Names.filter((name) => parameters[name] !== undefined);
  return amzJson({
    Parameters: found.map((name) => toParameter(name, parameters[name]!)),
    InvalidParameters: Names.filter((name) => parameters[name] === undefined),
  });
}

function toParameter(Name: string, Value: string): object {
  return { Name, Type: "SecureString", Value, Version: 1, ARN: `arn:aws:ssm:eu-west-1:000000000000:parameter${Name}` };
}

function getSecretValue({ secrets = {} }: AwsAccount, { SecretId = "" }: Input): Answer {
  const value = secrets[SecretId];
  if (value === undefined)
    return refusal("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  return amzJson(toSecret(SecretId, value));
}

function batchGetSecretValue({ secrets = {} }: AwsAccount, { SecretIdList = [] }: Input): Answer {
  return amzJson({
    SecretValues: SecretIdList.flatMap((id) => (secrets[id] === undefined ? [] : [toSecret(id, secrets[id])])),
    Errors: SecretIdList.filter((id) => secrets[id] === undefined).map((id) => ({
      SecretId: id,
      ErrorCode: "ResourceNotFoundException",
      Message: "Secrets Manager can't find the specified secret.",
    })),
  });
}

function toSecret(Name: string, SecretString: string): object {
  const ARN = `arn:aws:secretsmanager:eu-west-1:000000000000:secret:${Name}-AbCdEf`;
  return { ARN, Name, SecretString, VersionId: "00000000-0000-4000-8000-000000000001", VersionStages: ["AWSCURRENT"] };
}

function amzJson(value: unknown): Answer {
  return json(value, 200, { "content-type": "application/x-amz-json-1.1" });
}

function refusal(type: string, message: string): Answer {
  return json({ __type: type, message }, 400, { "content-type": "application/x-amz-json-1.1" });
}
