import { readRetryAfterMs } from "configmanager/plugin";

/** What a service said when it said no. */
export interface AzureFailure {
  readonly status: number;
  /** The service's own code, the inner one where there are two: `SecretNotFound`, `ForbiddenByFirewall`. */
  readonly code: string | undefined;
  /** The outer code when there are two, else as `code`. */
  readonly outerCode: string | undefined;
  /** The service's own words in one line, shortened; undefined when they have no code with them, and could be anything. */
  readonly text: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** What an error of an official client tells about the answer of the service; undefined when there was none. */
export function readFailure(error: unknown): AzureFailure | undefined {
  if (!(error instanceof Error) || error.name !== "RestError") return undefined;
  const { statusCode, code, response, details } = error as RestErrorShape;
  if (statusCode === undefined || statusCode < 300) return undefined;
  const headers = response?.headers;
  const body = details?.error ?? details?.odataError;
  const ownCode = code === "PARSE_ERROR" ? undefined : text(code);
  const outerCode = text(body?.code) ?? text(headers?.get("x-ms-error-code")) ?? ownCode ?? text(details?.code);
  const inner = body?.innerError ?? body?.innererror;
  // The client's own message may quote an answer that it could not read; with a code of the service it is the service's.
  const message = text(body?.message) ?? text(details?.message) ?? (ownCode === undefined ? undefined : error.message);
  return {
    status: statusCode,
    code: text(inner?.code) ?? outerCode,
    outerCode,
    text: outerCode === undefined || message === undefined ? undefined : shorten(message),
    requestId: text(headers?.get("x-ms-request-id")),
    retryAfterMs: headers === undefined ? undefined : readRetryAfterMs(headers),
  };
}

interface ErrorBody {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly innerError?: ErrorBody;
  readonly innererror?: ErrorBody;
}

interface RestErrorShape {
  readonly statusCode?: number;
  readonly code?: unknown;
  readonly response?: { readonly headers: { readonly get: (name: string) => string | undefined } };
  readonly details?: ErrorBody & { readonly error?: ErrorBody; readonly odataError?: ErrorBody };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function shorten(message: string): string {
  const line = message.replace(/\s+/g, " ").trim();
  return line.length <= 300 ? line : `${line.slice(0, 299)}…`;
}
