/**
 * The door `configmanager/plugin`: all that a store plugin may use. Not for hosts, and not for tests of a plugin, which
 * have `configmanager/plugin/testing`. Store plugins import it, and nothing else of this project.
 */
export { parseDuration } from "../../internal/config/duration.ts";
export { asTheyCome } from "./as-they-come.ts";
export { serve, type ServeOptions } from "./serve.ts";
export type {
  BatchStore,
  KeyDeclaration,
  ListedValue,
  ListRequest,
  PutRequest,
  SingleValueStore,
  Store,
  StoreContext,
  StoreDescription,
  StoreLog,
  StoreLogFields,
  StoreRequest,
  StoreResult,
  StoreValue,
} from "./store.ts";
export {
  alreadyExists,
  badRequest,
  denied,
  failed,
  isStoreError,
  notFound,
  StoreError,
  type StoreErrorKind,
  type StoreErrorOptions,
  timedOut,
  unauthenticated,
  unavailable,
} from "./errors.ts";
export {
  clientInitializationFailed,
  emptyResponse,
  goErrorTexts,
  retrievalFailed,
  serviceCallFailed,
} from "./go-errors.ts";
export { type FileLockOptions, withFileLock } from "./files/file-lock.ts";
export { replaceFile, type ReplaceOptions } from "./files/replace-file.ts";
export { unknownKey } from "./metadata.ts";
export { maxValueBytes } from "./outcome.ts";
export { type CallOptions, type Calls, createCalls, type Verdict } from "./remote/calls.ts";
export { type ConnectionOptions, type Connections, createConnections } from "./remote/connections.ts";
export { type GoJsonNumbers, type GoJsonOptions, toGoJson } from "./remote/go-json.ts";
export { isBeforeSending, isTransientNetworkError, type NetworkHints, toNetworkError } from "./remote/network-error.ts";
export { quotesValue } from "./remote/quotes-value.ts";
export { readRetryAfterMs, type ResponseHeaders } from "../../internal/network/retry-after.ts";
export { type HttpRequest, type HttpResponse, sendRequest } from "./remote/send-request.ts";
export { refuseMetadata } from "./refuse-metadata.ts";
export { utf8Text } from "./utf8-text.ts";
export { waitFor } from "./remote/wait-for.ts";
export { createWriteDoubt, type WriteDoubt } from "./remote/write-doubt.ts";
