/**
 * The calls of app protocol 2 that few runs make: writing a value and listing what is below a path (plugin protocol 2,
 * section 2). Called by `token-store-v2.ts`.
 */
import type { ServiceError } from "@grpc/grpc-js";
import type {
  ListValuesResponse,
  TokenStoreService,
  Value,
} from "../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import type { ServiceClient } from "../internal/goplugin/grpc-service.ts";
import type { ListedValue, ListRequest, PutRequest } from "../internal/resolve/token-store.ts";
import { callError, hintIn, isUnimplemented, type StoreAction, unsupportedError } from "./grpc-errors.ts";
import type { PluginLink } from "./plugin-link.ts";

type Service = ServiceClient<(typeof TokenStoreService)["method"]>;

/** Writes a value and resolves to its version, when the store has one. Rejects with a coded error, or the signal's reason. */
export async function putValue(
  service: Service,
  link: PluginLink,
  { path, metadata, data, createOnly }: PutRequest,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    const request = { path, metadata: Object.fromEntries(metadata), data, createOnly };
    const { version } = await service.putValue(request, { deadlineMs: link.timeoutMs, signal });
    return version === "" ? undefined : version;
  } catch (error) {
    throw await toStoreError(error, link, path, "written", signal);
  }
}

/** Every value below a path. Rejects with a coded error, CM_STORE_TIMEOUT when nothing comes for the link's time-out, or the signal's reason. */
export async function listValues(
  service: Service,
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
    const stream: AsyncIterable<ListValuesResponse> = service.listValues(request, { signal: stop });
    for await (const { values } of stream) {
      timer.refresh();
      for (const { path: at, value } of values) listed.push(toListed(at, value));
    }
    return listed;
  } catch (error) {
    if (silence.signal.aborted)
      throw callError(deadlineExceeded, { prefix: link.prefix, path }, link.timeoutMs, "listed");
    throw await toStoreError(error, link, path, "listed", signal);
  } finally {
    clearTimeout(timer);
  }
}

const deadlineExceeded = { code: 4, details: "Deadline exceeded" };

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
  const { code, details, metadata } = error as ServiceError;
  const loss = await link.lossBehind({ code });
  if (loss !== undefined) return loss;
  if (isUnimplemented({ code })) return unsupportedError(link.prefix, action);
  return callError({ code, details, hint: hintIn(metadata) }, { prefix: link.prefix, path }, link.timeoutMs, action);
}
