/**
 * Google's Secret Manager, as much of its REST interface as reading and writing take:
 * `GET /v1/<name>/versions/<version>:access`, `POST /v1/<name>:addVersion`, `POST /v1/<parent>/secrets?secretId=…`.
 */
import type { RequestListener } from "node:http";
import type { BearerToken, GoogleAccounts } from "./gcp-accounts.ts";
import { type Answer, createScript, json, type RecordedRequest, reply } from "./scripted-server.ts";

/** One version of a secret. */
export interface SecretVersion {
  readonly data: string | Uint8Array;
  readonly state?: "ENABLED" | "DISABLED" | "DESTROYED" | undefined;
  readonly alias?: string | undefined;
}

/** How the service behaves. */
export interface GcpRestOptions {
  readonly accounts: GoogleAccounts;
  /** By the name of the secret, oldest version first: `projects/p/secrets/s`, or any other name, of which a real service has none. */
  readonly secrets: Readonly<Record<string, readonly SecretVersion[]>>;
  /** Whether an account may read a secret; everybody may read all unless set. */
  readonly mayRead?: ((email: string, secret: string) => boolean) | undefined;
  /** Whether an account may add versions to a secret (`add`), or create it; everybody may do all unless set. */
  readonly mayWrite?: ((action: "add" | "create", secret: string) => boolean) | undefined;
  /** Answers in place of the service when it returns something. */
  readonly interfere?: ((request: RecordedRequest) => Answer | undefined) | undefined;
}

/** The service as a backend of `startCloud`, for `secretmanager.googleapis.com` and the regional hosts. */
export interface GcpRest {
  readonly handler: RequestListener;
  readonly requests: readonly RecordedRequest[];
  readonly received: (count: number) => Promise<void>;
  /** What was asked with a token that is known: who, for which name, at which host. */
  readonly accesses: readonly (BearerToken & { readonly name: string; readonly host: string })[];
}

/** Makes a service. It wants an access token, or a token that a service account has signed itself. */
export function createGcpRest(options: GcpRestOptions): GcpRest {
  const { accounts, mayRead = () => true, mayWrite = () => true, interfere } = options;
  const secrets = new Map(Object.entries(options.secrets).map(([name, versions]) => [name, [...versions]]));
  const accesses: GcpRest["accesses"][number][] = [];
  const { listener, requests, received } = createScript((request) => interfere?.(request) ?? answer(request));
  return { handler: listener, requests, received, accesses };

  function answer(request: RecordedRequest): Answer {
    const { host, method, path, headers } = request;
    const bearer = accounts.whose((headers.authorization ?? "").replace(/^Bearer /, ""));
    if (method === "POST") return bearer === undefined ? noToken : write(request);
    const encodedName = /^\/v1\/(.+):access$/.exec(path)?.[1];
    if (method !== "GET" || encodedName === undefined) return noSuchPage;
    const name = encodedName.split("/").map(decodeURIComponent).join("/");
    const [, secret = "", version = ""] = /^(.*)\/versions\/([^/]+)$/.exec(name) ?? [];
    const versions = secrets.get(secret);
    if (versions === undefined && !secretName.test(secret)) return noSuchPage;
    if (bearer === undefined) return noToken;
    accesses.push({ ...bearer, name, host });
    if (!mayRead(bearer.email, secret)) {
      const permission = "secretmanager.versions.access";
      const message = `Permission '${permission}' denied for resource '${name}' (or it may not exist).`;
      return googleError("PERMISSION_DENIED", message, [
        errorInfo("IAM_PERMISSION_DENIED", { permission, resource: name }),
      ]);
    }
    if (versions === undefined) return googleError("NOT_FOUND", `Secret [${secret}] not found or has no versions.`);
    const index = version === "latest" ? versions.length - 1 : findVersion(versions, version);
    const found = versions[index];
    const numbered = `${secret}/versions/${index + 1}`;
    if (found === undefined) return googleError("NOT_FOUND", `Secret Version [${name}] not found.`);
    const { data, state = "ENABLED" } = found;
    if (state !== "ENABLED") {
      return googleError("FAILED_PRECONDITION", `Secret Version [${numbered}] is in ${state} state.`);
    }
    return json(accessAnswer(numbered, data));
  }

  function write({ path, query, text }: RecordedRequest): Answer {
    const name = path.replace("/v1/", "").split("/").map(decodeURIComponent).join("/");
    const secret = name.replace(/:addVersion$/, "");
    const action = secret === name ? "create" : "add";
    const written = action === "add" ? secret : `${name}/${query.get("secretId") ?? ""}`;
    if (!secretName.test(written)) return noSuchPage;
    if (!mayWrite(action, written)) {
      const permission = action === "add" ? "secretmanager.versions.add" : "secretmanager.secrets.create";
      const message = `Permission '${permission}' denied for resource '${written}' (or it may not exist).`;
      return googleError("PERMISSION_DENIED", message, [
        errorInfo("IAM_PERMISSION_DENIED", { permission, resource: written }),
      ]);
    }
    const versions = secrets.get(written);
    if (action === "create") {
      if (versions !== undefined) return googleError("ALREADY_EXISTS", `Secret [${written}] already exists.`);
      const { replication } = JSON.parse(text) as { replication?: { automatic?: object } };
      // Where a regional secret is kept is said by its name alone.
      if ((replication?.automatic === undefined) !== written.includes("/locations/"))
        return googleError("INVALID_ARGUMENT", "Invalid replication.");
      secrets.set(written, []);
      return json({ name: written, replication });
    }
    if (versions === undefined) return googleError("NOT_FOUND", `Secret [${written}] not found.`);
    const { payload } = JSON.parse(text) as { payload: { data: string; dataCrc32c: string } };
    const data = Buffer.from(payload.data, "base64");
    if (data.length === 0) return googleError("INVALID_ARGUMENT", "Secret Payload cannot be empty.");
    if (payload.dataCrc32c !== checksum(data)) return googleError("INVALID_ARGUMENT", "The checksum does not fit.");
    versions.push({ data });
    return json({ name: `${written}/versions/${versions.length}`, state: "ENABLED" });
  }
}

/** What the service answers when all is well, with the checksum as it is made elsewhere. */
export function accessAnswer(name: string, data: string | Uint8Array): unknown {
  const bytes = Buffer.from(data as string);
  return { name, payload: { data: bytes.toString("base64"), dataCrc32c: checksum(bytes) } };
}

/** An error as Google's services have it, with the HTTP status that belongs to its code. */
export function googleError(
  status: keyof typeof httpStatuses,
  message: string,
  details: readonly object[] = [],
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const code = httpStatuses[status];
  return json({ error: { code, message, status, details } }, code, headers);
}

/** The detail of an error that says why, for machines. */
export function errorInfo(reason: string, metadata: Readonly<Record<string, string>> = {}): object {
  return { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "googleapis.com", metadata };
}

const httpStatuses = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNKNOWN: 500,
  UNAVAILABLE: 503,
} as const;

const secretName = /^projects\/[^/]+(\/locations\/[^/]+)?\/secrets\/[^/]+$/;

const noToken: Answer = googleError("UNAUTHENTICATED", "Request had invalid authentication credentials.");

const noSuchPage: Answer = reply(404, "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>", {
  "content-type": "text/html; charset=UTF-8",
});

function findVersion(versions: readonly SecretVersion[], version: string): number {
  return /^\d+$/.test(version) ? Number(version) - 1 : versions.findIndex(({ alias }) => alias === version);
}

/** CRC-32C bit by bit: slow, and written down without a look at how the plugin does it. */
function checksum(bytes: Uint8Array): string {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ ((crc & 1n) === 1n ? 0x82f63b78n : 0n);
  }
  return String(crc ^ 0xffffffffn);
}
