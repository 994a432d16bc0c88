import {
  badRequest,
  denied,
  failed,
  isStoreError,
  notFound,
  quotesValue,
  StoreError,
  toNetworkError,
  unauthenticated,
  unavailable,
} from "configmanager/plugin";
import { type AwsServiceError, isClockSkew, isThrottling, isUnreadable, readAwsError } from "./aws-error.ts";

/** What was asked, to say it in an error. */
export interface AwsAsked {
  /** As the user wrote it. */
  readonly what: string;
  readonly region: string;
  /** Of the service. */
  readonly host: string;
  /** Allowed to the caller, it would have worked: `ssm:GetParameter`. */
  readonly permission: string;
  /** The ARN that the permission is for, with stars for what is not known. */
  readonly resource: string;
  /** What was to be done with it; `read` unless set. */
  readonly action?: "read" | "written" | "listed" | undefined;
  /** The value that was sent: an answer that quotes it is not shown. */
  readonly sent?: Uint8Array | undefined;
}

/** The error of an AWS client as the user gets it; a StoreError stays one. */
export function toAwsStoreError(error: unknown, asked: AwsAsked): StoreError {
  const { host, region } = asked;
  if (isStoreError(error)) {
    // The limiter does not know whom it was waiting for.
    if (error.kind !== "timedOut" || error.message.includes(host)) return error;
    return new StoreError("timedOut", `"${host}" gave ${error.message}`, { hint: error.hint, cause: error });
  }
  const refusal = readAwsError(error);
  if (refusal !== undefined) return refusalToStoreError(refusal, asked);
  const network = toNetworkError(error, host, { noSuchHost: `check that "${region}" is an AWS region` });
  if (network !== undefined) return network;
  if (isUnreadable(error)) {
    return failed(`"${host}" gave an answer that cannot be read`, {
      hint: "check AWS_ENDPOINT_URL and what stands between you and AWS",
    });
  }
  if (!(error instanceof Error)) return failed(`the request to "${host}" failed`);
  if ("code" in error && error.code === "ERR_INVALID_URL") {
    return badRequest("the endpoint of AWS that is configured is not a URL", {
      hint: "correct AWS_ENDPOINT_URL, or endpoint_url of the profile",
    });
  }
  if (settingErrors.has(error.name)) return badRequest(`the settings of AWS are not right: ${error.message}`);
  // Not a word of an error of unknown origin: it may quote an answer.
  return failed(`the request to "${host}" failed (${error.name})`);
}

/** The partition of a region, as ARNs begin with it. */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  if (region.startsWith("eusc-")) return "aws-eusc";
  if (/^[a-z]+-iso/.test(region)) return region.includes("-isob-") ? "aws-iso-b" : "aws-iso";
  return "aws";
}

/** A service's refusal as the user gets it. */
export function refusalToStoreError(refusal: AwsServiceError, asked: AwsAsked): StoreError {
  const { code, status = 0, retryAfterMs } = refusal;
  const { what, region, host, action = "read" } = asked;
  const said = saidBy(refusal, asked);
  if (notFoundCodes.has(code)) {
    return new StoreError("notFound", `${notFound(what).message}: ${said}`, {
      hint: `check its name and version, and that it is in region "${region}"`,
    });
  }
  if (deniedCodes.has(code) || (status === 403 && !unauthenticatedCodes.has(code))) {
    return denied(`"${what}" may not be ${action}: ${said}`, { hint: grantHint(refusal, asked) });
  }
  if (isThrottling(refusal)) {
    return unavailable(`"${host}" has too much to do: ${said}`, { hint: "try again later", retryAfterMs });
  }
  if (isClockSkew(refusal)) {
    return unauthenticated(`the request for "${what}" was signed at another time: ${said}`, {
      hint: "set the clock of this machine",
    });
  }
  if (code.startsWith("ExpiredToken")) {
    return unauthenticated(`the AWS credentials have expired: ${said}`, { hint: "get new ones, then run again" });
  }
  if (unauthenticatedCodes.has(code) || status === 401) {
    return unauthenticated(`the AWS credentials are not accepted: ${said}`, {
      hint: `check the access key, its secret and session token, and that region "${region}" is enabled`,
    });
  }
  if (kmsCodes.has(code)) {
    const done = action === "written" ? "encrypted" : "decrypted";
    return failed(`"${what}" cannot be ${done}: ${said}`, { hint: "check that its KMS key is there and enabled" });
  }
  if (/marked for deletion|marked deleted|scheduled for deletion/i.test(refusal.text)) {
    const otherwise = action === "written" ? "delete it for good" : "take the token out";
    return failed(`"${what}" is marked for deletion: ${said}`, { hint: `restore it, or ${otherwise}` });
  }
  if (badRequestCodes.has(code)) {
    const hint = action === "written" ? "check the name and the value" : "check the name";
    return badRequest(`"${what}" is not accepted: ${said}`, { hint });
  }
  if (status >= 500) return unavailable(`"${host}" failed: ${said}`, { hint: "try again later", retryAfterMs });
  return failed(`"${what}" could not be ${action}: ${said}`);
}

/** The SDK's names of errors about its settings, by which it quotes no more than those. */
const settingErrors = new Set(["CredentialsProviderError", "EndpointError", "ProviderError"]);
const notFoundCodes = new Set(["ParameterNotFound", "ParameterVersionNotFound", "ResourceNotFoundException"]);
const deniedCodes = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "KMSAccessDeniedException",
  "UnauthorizedOperation",
]);
const unauthenticatedCodes = new Set([
  "AuthFailure",
  "IncompleteSignature",
  "IncompleteSignatureException",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "MissingAuthenticationToken",
  "MissingAuthenticationTokenException",
  "OptInRequired",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
]);
const kmsCodes = new Set(["DecryptionFailure", "EncryptionFailure", "InvalidKeyId", "KMSInvalidStateException"]);
const badRequestCodes = new Set([
  "HierarchyLevelLimitExceededException",
  "HierarchyTypeMismatchException",
  "InvalidParameterException",
  "InvalidRequestException",
  "ParameterPatternMismatchException",
  "SerializationException",
  "UnsupportedParameterType",
  "ValidationException",
]);

/** The service's words, as the Go tool shows them too. */
function saidBy({ code, text, requestId }: AwsServiceError, { sent }: AwsAsked): string {
  const said = text === "" || (sent !== undefined && quotesValue(text, sent)) ? code : `${code}: ${text}`;
  return requestId === undefined ? said : `${said} (request id ${requestId})`;
}

function grantHint({ text }: AwsServiceError, { permission, resource, action }: AwsAsked): string {
  if (/kms/i.test(text)) {
    const use = /kms:\w+/.exec(text)?.[0] ?? (action === "written" ? "kms:Encrypt" : "kms:Decrypt");
    return `grant "${use}" on the KMS key that encrypts it, as well as "${permission}"`;
  }
  // The service names the resource itself as a rule, with the account.
  const named = /is not authorized to perform: (\S+) on resource: (\S+)/.exec(text);
  const on =
    named === null ? `"${permission}" on "${resource}"` : `"${named[1]}" on "${named[2]?.replace(/[.,]$/, "")}"`;
  // To grant it once more is no help against that.
  return /explicit deny/i.test(text) ? `take away the explicit deny of ${on}` : `grant ${on}`;
}
