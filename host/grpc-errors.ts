/**
 * The one place that reads a gRPC status: what a plugin's answer means to the user. Called by the two token stores and
 * by `connect.ts`; knows nothing of calls and connections.
 */
import type { ErrorCode } from "../internal/errors/codes.ts";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import { hintTrailer } from "../internal/goplugin/constants.ts";
import { deadlineExceeded, StatusCode as Status, type Trailers } from "../internal/goplugin/grpc/status.ts";
import { quotePlugin } from "./diagnose.ts";

/** What is read of a status: from gRPC itself, or of a typed error within a stream, which has the same numbers. */
export interface GrpcStatus {
  readonly code: number;
  readonly details: string;
  /** The plugin's own advice. */
  readonly hint?: string | undefined;
}

/** What was asked when it failed. */
export interface Asked {
  readonly prefix: string;
  readonly path: string;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint?: string;
}

const denied: Meaning = {
  code: "CM_STORE_DENIED",
  what: "was refused",
  hint: "check the credentials that the plugin finds, and what they are allowed to read",
};
const badRequest: Meaning = {
  code: "CM_STORE_BAD_REQUEST",
  what: "is not what the store can be asked for",
  hint: "correct the path or the metadata",
};
const unavailable: Meaning = {
  code: "CM_STORE_UNAVAILABLE",
  what: "could not be asked for",
  hint: "check the network, or try again later",
};
/** What was being done when it failed. */
export type StoreAction = "read" | "written" | "listed";

/** Plugin protocol 2, section 2, "Codes". */
const meanings: Readonly<Record<number, Meaning>> = {
  [Status.NOT_FOUND]: {
    code: "CM_STORE_NOT_FOUND",
    what: "is not there",
    hint: "check the path, or give the token a default",
  },
  [Status.ALREADY_EXISTS]: {
    code: "CM_STORE_EXISTS",
    what: "is there already",
    hint: "leave --create-only out to replace it",
  },
  [Status.PERMISSION_DENIED]: denied,
  [Status.UNAUTHENTICATED]: denied,
  [Status.INVALID_ARGUMENT]: badRequest,
  [Status.FAILED_PRECONDITION]: badRequest,
  [Status.OUT_OF_RANGE]: badRequest,
  [Status.UNAVAILABLE]: unavailable,
  [Status.RESOURCE_EXHAUSTED]: unavailable,
  [Status.DEADLINE_EXCEEDED]: {
    code: "CM_STORE_TIMEOUT",
    what: "was not answered in time",
    hint: "try again, or raise --timeout",
  },
  [Status.UNIMPLEMENTED]: {
    code: "CM_PLUGIN_UNSUPPORTED",
    what: "needs what the plugin does not have",
    hint: "install another version of the plugin",
  },
};

/** The advice that a plugin gives with the status of a call. */
export function hintIn(trailers: Trailers | undefined): string | undefined {
  return trailers?.[hintTrailer]?.toString();
}

/** The error of one request that the plugin answered with a failure; the plugin's text is escaped and cut off. */
export function storeError(status: GrpcStatus, asked: Asked, action: StoreAction = "read"): ConfigManagerError {
  const failed: Meaning = { code: "CM_STORE_FAILED", what: `could not be ${action}` };
  const meaning = meanings[status.code] ?? failed;
  const said = saysNoMore(status.details, asked.path) ? "" : quotePlugin(status.details, 1000);
  const ownHint = action === "read" ? meaning.hint : (hintsOf[meaning.code] ?? meaning.hint);
  const hint = status.hint === undefined || status.hint === "" ? ownHint : quotePlugin(status.hint);
  return new ConfigManagerError(
    meaning.code,
    `"${quotePlugin(asked.path)}" of "${asked.prefix}" ${meaning.what}${said === "" ? "" : `: ${said}`}`,
    {
      hint,
      details: { prefix: asked.prefix, path: asked.path, grpcStatus: status.code },
    },
  );
}

// Where nothing is read, a default is no help.
const hintsOf: Readonly<Partial<Record<ErrorCode, string>>> = { CM_STORE_NOT_FOUND: "check the path" };

// What the SDK's `notFound` and `alreadyExists` say of a path is said already.
function saysNoMore(details: string, path: string): boolean {
  return details === `"${path}" was not found` || details === `"${path}" already exists`;
}

/** The error of a unary call that failed, `timeoutMs` being the deadline that it was given. */
export function callError(
  status: GrpcStatus,
  asked: Asked,
  timeoutMs: number,
  action: StoreAction = "read",
): ConfigManagerError {
  // A plugin may say "deadline exceeded" too, of the store behind it, and has then more to say than the host has.
  const isOurs = status.code === Status.DEADLINE_EXCEEDED && status.details.startsWith(deadlineExceeded);
  return isOurs ? timeoutError(timeoutMs, asked) : storeError(status, asked, action);
}

/** The error of a store that has no way to write or to list: CM_STORE_UNSUPPORTED. */
export function unsupportedError(prefix: string, action: Exclude<StoreAction, "read">): ConfigManagerError {
  return new ConfigManagerError("CM_STORE_UNSUPPORTED", `values of "${prefix}" cannot be ${action}`, {
    hint:
      action === "written"
        ? "write it with the store's own tools"
        : "name the values one by one, the plugin has no way to list them",
    details: { prefix },
  });
}

/** The error of a request that the host gave up after `timeoutMs` without an answer. */
export function timeoutError(timeoutMs: number, asked: Asked): ConfigManagerError {
  return storeError({ code: Status.DEADLINE_EXCEEDED, details: `nothing came for ${timeoutMs} ms` }, asked);
}

/**
 * True for a status that a call also ends with when the connection under it breaks (go-plugin protocol, sections 6.5
 * and 12.1 row 13a); whether it has broken, the channel knows.
 */
export function mayBeConnectionLoss({ code }: { readonly code: number }): boolean {
  return code === Status.UNAVAILABLE || code === Status.INTERNAL || code === Status.CANCELLED;
}

/** True when the plugin does not have the service or the method. */
export function isUnimplemented({ code }: { readonly code: number }): boolean {
  return code === Status.UNIMPLEMENTED;
}

/** True when the plugin calls what it was given invalid. */
export function isInvalidArgument({ code }: { readonly code: number }): boolean {
  return code === Status.INVALID_ARGUMENT;
}

/** True when the plugin reacted at all, if only by closing the connection, as Go plugins do to `Shutdown`. */
export function isAnswered({ code }: { readonly code: number }): boolean {
  return code !== Status.DEADLINE_EXCEEDED;
}
