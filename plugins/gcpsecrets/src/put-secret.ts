import {
  alreadyExists,
  createWriteDoubt,
  failed,
  isBeforeSending,
  isStoreError,
  type PutRequest,
  StoreError,
  timedOut,
  toNetworkError,
  type WriteDoubt,
} from "configmanager/plugin";
import { versionOf } from "./access-secret.ts";
import { toWritableAddress, type WritableAddress } from "./address.ts";
import type { SecretClient } from "./client.ts";
import { crc32c } from "./crc32c.ts";
import { Failure } from "./failure.ts";
import { readGoogleError } from "./google-error.ts";
import { type SecretService, sendAuthorized, type ServiceAnswer } from "./send-authorized.ts";
import { toServiceFailure } from "./service-errors.ts";

/**
 * Adds a version to a secret, which is created when there is none, and resolves to its number. Rejects with `badRequest`
 * for a path that cannot be written, with `alreadyExists`, and as a read does.
 */
export async function putSecret(
  client: SecretClient,
  request: PutRequest,
  signal: AbortSignal,
): Promise<{ readonly version: string | undefined }> {
  const address = toWritableAddress(request);
  const { data, createOnly } = request;
  if (!createOnly) {
    const added = await addVersion(client, address, data, signal);
    if (added !== undefined) return added;
  }
  const isNew = await createSecret(client, address, createOnly, signal);
  try {
    const added = await addVersion(client, address, data, signal);
    if (added === undefined) throw failed(`"${address.secret}" was created, and was not found then`);
    return added;
  } catch (error) {
    if (!isNew || !isStoreError(error)) throw error;
    const { kind, message, hint } = error;
    throw new StoreError(kind, `${message}; the secret itself has been created`, { hint, cause: error });
  }
}

const addNeed = { permission: "secretmanager.versions.add", role: "roles/secretmanager.secretVersionAdder" };
const createNeed = { permission: "secretmanager.secrets.create", role: "roles/secretmanager.admin" };

/** Undefined when there is no such secret. */
async function addVersion(
  client: SecretClient,
  address: WritableAddress,
  data: Uint8Array,
  signal: AbortSignal,
): Promise<{ readonly version: string | undefined } | undefined> {
  const name = address.secret;
  const payload = { data: Buffer.from(data).toString("base64"), dataCrc32c: String(crc32c(data)) };
  let doubt: WriteDoubt | undefined;
  const add = async (service: SecretService, limit: AbortSignal): Promise<ServiceAnswer | undefined> => {
    const request = { name, suffix: ":addVersion", body: { payload } };
    const answer = await sendAuthorized(request, address, service, limit);
    if (answer.status === 200) return answer;
    if (readGoogleError(answer.body)?.status === "NOT_FOUND") return undefined;
    const { host, account } = answer;
    throw toServiceFailure(answer, { address, name, host, account, need: addNeed, sent: data });
  };
  try {
    const answer = await client.perform((service, limit) => {
      doubt ??= createDoubt(service);
      return sendOnce(() => add(service, limit), doubt, service, limit);
    }, signal);
    return answer === undefined ? undefined : { version: readVersion(answer) };
  } catch (error) {
    throw isStoreError(error) ? (doubt?.settle(error) ?? error) : error;
  }
}

/**
 * A version is added once: the service has no token by which it knew a second try, and would make another version. Only
 * what proves that nothing was added may be tried again.
 */
async function sendOnce<T>(
  send: () => Promise<T>,
  doubt: WriteDoubt,
  { progress }: SecretService,
  limit: AbortSignal,
): Promise<T> {
  const { host = "the service" } = progress;
  if (doubt.isOpen()) throw new Failure(timedOut(`"${host}" did not answer in time`), "final");
  try {
    return await doubt.watch(send, limit);
  } catch (error) {
    if (limit.aborted || !doubt.isOpen()) throw error;
    if (error instanceof Failure) throw new Failure(error.error, "final");
    const reached = progress.host ?? host;
    throw new Failure(toNetworkError(error, reached) ?? failed(`the request to "${reached}" failed`), "final");
  }
}

function createDoubt({ progress }: SecretService): WriteDoubt {
  return createWriteDoubt((error) => {
    // It was the credentials.
    if (progress.host === undefined) return true;
    if (!(error instanceof Failure)) return isBeforeSending(error);
    const { verdict } = error;
    return verdict === "final" || (typeof verdict === "object" && verdict.retry === "throttled");
  });
}

function readVersion({ host, body }: ServiceAnswer): string {
  let version: string | undefined;
  try {
    version = versionOf((JSON.parse(body.toString()) as { name?: unknown } | null)?.name);
  } catch {
    // As of an answer without one.
  }
  if (version !== undefined) return version;
  throw failed(`"${host}" answered with what is no version of a secret; the value may have been written`, {
    hint: "look at what stands between this machine and Google",
  });
}

/**
 * Whether the secret is new. It may be tried again: there is one secret of a name. What is there after a try that got no
 * answer may be its own, which matters only to one who wants to create and not to add.
 */
async function createSecret(
  client: SecretClient,
  address: WritableAddress,
  createOnly: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const { parent, id, secret: name, location, path } = address;
  // Where a regional secret is kept is said by its name.
  const body = location === undefined ? { replication: { automatic: {} } } : {};
  const request = { name: `${parent}/secrets`, suffix: `?secretId=${encodeURIComponent(id)}`, body };
  let doubt: WriteDoubt | undefined;
  try {
    await client.perform((service, limit) => {
      doubt ??= createDoubt(service);
      return doubt.watch(async () => {
        const answer = await sendAuthorized(request, address, service, limit);
        if (answer.status === 200) return;
        if (readGoogleError(answer.body)?.status === "ALREADY_EXISTS") throw new Failure(alreadyExists(path), "final");
        const { host, account } = answer;
        throw toServiceFailure(answer, { address, name, host, account, need: createNeed });
      }, limit);
    }, signal);
    return true;
  } catch (error) {
    if (!isStoreError(error) || error.kind !== "alreadyExists") throw error;
    if (!createOnly) return false;
    throw doubt?.settle(error) ?? error;
  }
}
