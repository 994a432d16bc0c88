import {
  badRequest,
  denied,
  failed,
  type HttpResponse,
  notFound,
  quotesValue,
  readRetryAfterMs,
  type StoreError,
  unauthenticated,
  unavailable,
} from "configmanager/plugin";
import type { SecretAddress } from "./address.ts";
import { Failure } from "./failure.ts";
import { type GoogleError, readGoogleError } from "./google-error.ts";

/** What was asked, and by whom. */
export interface AccessQuestion {
  readonly address: SecretAddress;
  /** The resource name of the version. */
  readonly name: string;
  readonly host: string;
  readonly account: string | undefined;
  /** What it takes when it is not reading. */
  readonly need?: { readonly permission: string; readonly role: string } | undefined;
  /** The value that was sent: an answer that quotes it is not shown. */
  readonly sent?: Uint8Array | undefined;
}

const readingNeed = { permission: "secretmanager.versions.access", role: "roles/secretmanager.secretAccessor" };

/**
 * What an answer other than 200 means. Google's own text is quoted, which names resources and never holds a payload; that
 * of anybody else, a proxy's page for instance, is not.
 */
export function toServiceFailure(response: HttpResponse, question: AccessQuestion): Failure {
  const error = readGoogleError(response.body);
  const { status } = response;
  if (status === 429 || error?.status === "RESOURCE_EXHAUSTED") {
    const afterMs = readRetryAfterMs(response.headers) ?? error?.retryDelayMs;
    const hint = "try again later, or ask for a higher quota of Secret Manager's access requests";
    const options = { hint, retryAfterMs: afterMs };
    return new Failure(unavailable(sentence(question, "throttled", response, error), options), {
      retry: "throttled",
      afterMs,
    });
  }
  if (status >= 500 || status === 408) {
    const afterMs = readRetryAfterMs(response.headers) ?? error?.retryDelayMs;
    const options = { hint: "try again later", retryAfterMs: afterMs };
    return new Failure(unavailable(sentence(question, "could not serve", response, error), options), {
      retry: "transient",
      afterMs,
    });
  }
  return new Failure(toError(response, error, question), "final");
}

function toError(response: HttpResponse, error: GoogleError | undefined, question: AccessQuestion): StoreError {
  const { address, name } = question;
  const text = sentence(question, "refused", response, error);
  if (error === undefined) return strangersAnswer(response, question);
  switch (error.status) {
    case "NOT_FOUND":
      return notFound(name, { hint: listHint(address) });
    case "PERMISSION_DENIED":
      return toDenied(error, question, text);
    case "UNAUTHENTICATED":
      return unauthenticated(text, { hint: clockHint(response) ?? loginHint });
    case "FAILED_PRECONDITION":
      return failed(text, /disabled|destroyed/i.test(error.message) ? { hint: stateHint } : {});
    case "INVALID_ARGUMENT":
      return badRequest(text, { hint: "write <project>/<secret>, or projects/<project>/secrets/<secret>" });
    default:
      return failed(text);
  }
}

const stateHint = "enable the version again, or name another by [version=…]";
const loginHint = "check that the key or the login was not revoked, or run gcloud auth application-default login";

function toDenied(error: GoogleError, question: AccessQuestion, text: string): StoreError {
  const { address, account, name, need = readingNeed } = question;
  const { reason, metadata } = error;
  const project = metadata["consumer"]?.replace(/^projects\//, "") ?? address.project ?? "<project>";
  switch (reason) {
    case "SERVICE_DISABLED":
      return denied(text, { hint: `run gcloud services enable secretmanager.googleapis.com --project=${project}` });
    case "USER_PROJECT_DENIED":
      return denied(text, {
        hint: `grant roles/serviceusage.serviceUsageConsumer on project ${project}, or correct GOOGLE_CLOUD_QUOTA_PROJECT`,
      });
    case "ACCESS_TOKEN_SCOPE_INSUFFICIENT":
      return denied(text, { hint: "give the machine the access scope cloud-platform" });
    case "BILLING_DISABLED":
      return denied(text, { hint: `enable billing for project ${project}` });
    case "CONSUMER_INVALID":
      return denied(text, { hint: `check the spelling of the project "${project}"` });
    default: {
      const permission = metadata["permission"] ?? need.permission;
      const resource = metadata["resource"] ?? name;
      const who = account === undefined ? "the account of the credentials" : `"${account}"`;
      return denied(`${who} lacks "${permission}" on "${resource}": ${text}`, {
        hint: `grant ${need.role} on the secret, and check the names of project and secret`,
      });
    }
  }
}

/** Whoever answered, it was not Secret Manager as it is documented. */
function strangersAnswer({ status, headers }: HttpResponse, { host, address }: AccessQuestion): StoreError {
  const kind = headers["content-type"]?.split(";")[0] ?? "no content type";
  const text = `"${host}" answered ${status} without an error of Google's (${kind})`;
  // What Google answers, with a page, to a name of another shape.
  if (status === 404 && address.project === undefined) {
    return badRequest(`"${address.path}" names no secret: ${text}`, {
      hint: "write <project>/<secret> without a leading slash, or projects/<project>/secrets/<secret>",
    });
  }
  if (status === 401) return unauthenticated(text, { hint: loginHint });
  return failed(text, { hint: "look at what stands between this machine and Google, a proxy perhaps" });
}

function sentence({ host, sent }: AccessQuestion, verb: string, { status }: HttpResponse, error?: GoogleError): string {
  if (error !== undefined && sent !== undefined && quotesValue(error.message, sent))
    return `"${host}" ${verb} the request (${status} ${error.status})`;
  if (error === undefined) return `"${host}" ${verb} the request (${status})`;
  return `"${host}" ${verb} the request (${status} ${error.status}): ${error.message}`;
}

function listHint({ secret, location, project }: SecretAddress): string {
  const id = secret.slice(secret.lastIndexOf("/") + 1);
  const where = location === undefined ? "" : ` --location=${location}`;
  if (project === undefined) return "write <project>/<secret>, or projects/<project>/secrets/<secret>";
  return `check the names, for instance by gcloud secrets versions list ${id} --project=${project}${where}`;
}

/** A service account's own token begins now, by this machine's clock. */
function clockHint({ headers }: HttpResponse): string | undefined {
  const theirs = Date.parse(headers.date ?? "");
  const minutes = Math.round((Date.now() - theirs) / 60_000);
  if (Number.isNaN(theirs) || Math.abs(minutes) < 5) return undefined;
  return `set the clock of this machine, which is ${Math.abs(minutes)} minutes ${minutes > 0 ? "fast" : "slow"}`;
}
