/**
 * The calls of app protocol 2 that few runs make: options, writing a value, listing what is below a path (plugin protocol 2, section 2).
 * They bring the runtime of protobuf. Loaded by `token-store-v2.ts`.
 */
import type { JsonObject } from "@bufbuild/protobuf";
import { TokenStoreService, type Value } from "../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import type { CallError } from "../internal/goplugin/grpc/call-error.ts";
import { deadlineExceeded, StatusCode } from "../internal/goplugin/grpc/status.ts";
import { callForMany, callForOne } from "../internal/goplugin/message-calls.ts";
import type { ListedValue, ListRequest, PutRequest } from "../internal/resolve/token-store.ts";
import { callError, hintIn, isUnimplemented, type StoreAction, unsupportedError } from "./grpc-errors.ts";
import type { PluginLink } from "./plugin-link.ts";

const { method } = TokenStoreService;

/** Tells the plugin the options of its store, before any value is asked for. Rejects with a CallError, or the signal's reason. */
export async function configure(
  link: PluginLink,
  options: Readonly<Record<string, unknown>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  // What YAML can hold, JSON can: the configuration's loader has seen to it.
  const request = { options: options as JsonObject };
  await callForOne(link.connection.client, method.configure, request, { deadlineMs: link.timeoutMs, signal });
}

/** Writes a value and resolves to its version, when the store has one. Rejects with a coded error, or the signal's reason. */
export async function putValue(
  link: PluginLink,
  { path, metadata, data, createOnly }: PutRequest,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    const request = { path, metadata: Object.fromEntries(metadata), data, createOnly };
    const options = { deadlineMs: link.timeoutMs, signal };
    const { version } = await callForOne(link.connection.client, method.putValue, request, options);
    return version === "" ? undefined : version;
  } catch (error) {
    throw await toStoreError(error, link, path, "written", signal);
  }
}

/** Every value below a path. Rejects with a coded error, CM_STORE_TIMEOUT when nothing comes for the link's time-out, or the signal's reason. */
export async function listValues(
  link: PluginLink,
  { path, metadata }: ListRequest,
  signal: AbortSignal | undefined,
): Promise<readonly ListedValue[]> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), link.timeoutMs);
  const stop = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
  const listed: ListedValue[] = [];
  try {
    const request = { path, metadata: Object.fromEntries(metadata), recursive: true };
    await callForMany(link.connection.client, method.listValues, request, { signal: stop }, ({ values }) => {
      timer.refresh();
      for (const { path: at, value } of values) listed.push(toListed(at, value));
    });
    return listed;
  } catch (error) {
    if (silence.signal.aborted) throw callError(timedOut, { prefix: link.prefix, path }, link.timeoutMs, "listed");
    throw await toStoreError(error, link, path, "listed", signal);
  } finally {
    clearTimeout(timer);
  }
}

const timedOut = { code: StatusCode.DEADLINE_EXCEEDED, details: deadlineExceeded };

function toListed(path: string, value: Value | undefined): ListedValue {
  const { data = new Uint8Array(), version = "", expiresAt } = value ?? {};
  return {
    path,
    value: data,
    ...(version === "" ? {} : { version }),
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(Number(expiresAt.seconds) * 1000) }),
  };
}

async function toStoreError(
  error: unknown,
  link: PluginLink,
  path: string,
  action: Exclude<StoreAction, "read">,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  if (signal?.aborted === true) return signal.reason;
  const { code, details, trailers } = error as CallError;
  const loss = await link.lossBehind({ code });
  if (loss !== undefined) return loss;
  if (isUnimplemented({ code })) return unsupportedError(link.prefix, action);
  return callError({ code, details, hint: hintIn(trailers) }, { prefix: link.prefix, path }, link.timeoutMs, action);
}
