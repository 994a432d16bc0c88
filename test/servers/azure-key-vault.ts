/**
 * Key Vault, played by its REST contract as far as secrets are read: the challenge, secrets of any name with their
 * versions, errors in the service's words, and whatever a test wants instead.
 */
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
  const { listener, requests, received } = createScript(
    (request) => options.interfere?.(request) ?? answerTo(request, options),
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

function answerTo({ host, path, query, headers }: RecordedRequest, options: KeyVaultOptions): Answer {
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
  if (token === undefined) return challenge(options);
  const vault = host.split(".")[0] ?? "";
  const refused = options.refuse?.(token, vault);
  if (refused !== undefined) return refused;
  if (query.get("api-version") !== "7.6") return failure(400, "BadParameter", "The specified version is not supported");
  const [, name = "", wanted = ""] = /^\/secrets\/([^/]+)\/([^/]*)$/.exec(path) ?? [];
  const known = options.secrets?.[`${vault}/${decodeURIComponent(name)}`] ?? [];
  const secret = [known]
    .flat()
    .find(({ version }) => (version ?? "") === wanted || (wanted === "" && known !== undefined));
  if (secret === undefined)
    return failure(404, "SecretNotFound", "A secret with that name was not found in this key vault.");
  const { value, version = currentVersion, expires, enabled = true } = secret;
  if (!enabled) {
    return failure(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled");
  }
  return json({
    value,
    id: `https://${host}/secrets/${name}/${version}`,
    attributes: { enabled, ...(expires === undefined ? {} : { exp: expires }) },
  });
}
