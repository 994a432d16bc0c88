/**
 * Key Vault, played by its REST contract as far as secrets are read, set and listed: the challenge, secrets of any name with
 * their versions, errors in the service's words, and whatever a test wants instead.
 */
import { randomBytes } from "node:crypto";
import type { RequestListener } from "node:http";
import { type Answer, createScript, json, type RecordedRequest } from "./scripted-server.ts";

/** A version of a secret. */
export interface SecretVersion {
  readonly value: string | null;
  /** Its id; `currentVersion` unless set. */
  readonly version?: string | undefined;
  /** In seconds since 1970. */
  readonly expires?: number | undefined;
  readonly enabled?: boolean | undefined;
}

/** What a test can change about the service. */
export interface KeyVaultOptions {
  /** By `<vault>/<name>`; the first version of several is the current one. */
  readonly secrets?: Readonly<Record<string, SecretVersion | readonly SecretVersion[]>> | undefined;
  /** Secrets that were deleted and can be recovered, by `<vault>/<name>`. */
  readonly deleted?: readonly string[] | undefined;
  /** How many secrets of a listing come at once; 25 unless set. */
  readonly pageSize?: number | undefined;
  /** The tenant that the challenge names; `common` unless set. */
  readonly tenant?: string | undefined;
  /** The resource that the challenge names; `https://vault.azure.net` unless set. */
  readonly resource?: string | undefined;
  /** The answer to a token that may not read a vault; undefined for one that may. */
  readonly refuse?: ((token: string, vault: string) => Answer | undefined) | undefined;
  /** Answers in place of the service when it returns something. */
  readonly interfere?: ((request: RecordedRequest) => Answer | undefined) | undefined;
}

/** The service as a backend of `startCloud`. */
export interface KeyVaultService {
  readonly handler: RequestListener;
  readonly requests: readonly RecordedRequest[];
  readonly received: (count: number) => Promise<void>;
}

/** The id of a version that has none of its own. */
export const currentVersion = "0123456789abcdef0123456789abcdef";

/** Makes the service. */
export function createKeyVaultService(options: KeyVaultOptions): KeyVaultService {
  const secrets = new Map(
    Object.entries(options.secrets ?? {}).map(([name, versions]) => [name, [versions].flat()] as const),
  );
  const { listener, requests, received } = createScript(
    (request) => options.interfere?.(request) ?? answerTo(request, options, secrets),
  );
  return { handler: listener, requests, received };
}

/** The answer to whoever brings no token, or one that is not taken. */
export function challenge({ tenant = "common", resource = "https://vault.azure.net" }: KeyVaultOptions): Answer {
  return failure(401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.", undefined, {
    "www-authenticate": `Bearer authorization="https://login.microsoftonline.com/${tenant}", resource="${resource}"`,
  });
}

/** An error in the words of the service. */
export function failure(
  status: number,
  code: string,
  message: string,
  innerCode?: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const innererror = innerCode === undefined ? {} : { innererror: { code: innerCode } };
  return json({ error: { code, message, ...innererror } }, status, { "x-ms-request-id": "request-1", ...headers });
}

type Secrets = Map<string, readonly SecretVersion[]>;

function answerTo(request: RecordedRequest, options: KeyVaultOptions, secrets: Secrets): Answer {
  const { host, path, query, headers, method } = request;
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
  if (token === undefined) return challenge(options);
  const vault = host.split(".")[0] ?? "";
  const refused = options.refuse?.(token, vault);
  if (refused !== undefined) return refused;
  if (query.get("api-version") !== "7.6") return failure(400, "BadParameter", "The specified version is not supported");
  if (path === "/secrets") return list(request, options, vault, secrets);
  const [, name = "", wanted = ""] = /^\/secrets\/([^/]+)(?:\/([^/]*))?$/.exec(path) ?? [];
  const key = `${vault}/${decodeURIComponent(name)}`;
  if (method === "PUT") return put(request, options, key, secrets);
  const secret = secrets.get(key)?.find(({ version }) => (version ?? "") === wanted || wanted === "");
  if (secret === undefined)
    return failure(404, "SecretNotFound", "A secret with that name was not found in this key vault.");
  if (secret.enabled === false) {
    return failure(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled");
  }
  return json(bundleOf(host, name, secret));
}

/** A new version, with what it was given and no more. */
function put({ host, path, text }: RecordedRequest, { deleted = [] }: KeyVaultOptions, key: string, secrets: Secrets) {
  const name = key.slice(key.indexOf("/") + 1);
  if (!/^[0-9a-zA-Z-]{1,127}$/.test(name))
    return failure(400, "BadParameter", "The request URI contains an invalid name");
  if (deleted.includes(key)) {
    const message = `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.`;
    return failure(409, "Conflict", message, "ObjectIsDeletedButRecoverable");
  }
  const { value } = JSON.parse(text) as { value: string };
  const secret = { value, version: randomBytes(16).toString("hex") };
  secrets.set(key, [secret, ...(secrets.get(key) ?? [])]);
  return json(bundleOf(host, path.split("/")[2] ?? "", secret));
}

function list(
  { host, query }: RecordedRequest,
  { pageSize = 25 }: KeyVaultOptions,
  vault: string,
  secrets: Secrets,
): Answer {
  const found = [...secrets].filter(([key]) => key.startsWith(`${vault}/`));
  const start = Number(query.get("$skiptoken") ?? "0");
  const value = found.slice(start, start + pageSize).map(([key, versions]) => {
    const { enabled = true } = versions[0] ?? {};
    return { id: `https://${host}/secrets/${key.slice(vault.length + 1)}`, attributes: { enabled } };
  });
  const next = `https://${host}:443/secrets?api-version=7.6&$skiptoken=${start + pageSize}&maxresults=25`;
  return json({ value, nextLink: start + pageSize < found.length ? next : null });
}

function bundleOf(host: string, name: string, secret: SecretVersion): object {
  const { value, version = currentVersion, expires } = secret;
  return {
    value,
    id: `https://${host}/secrets/${name}/${version}`,
    attributes: { enabled: true, ...(expires === undefined ? {} : { exp: expires }) },
  };
}
