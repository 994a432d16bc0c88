/** Microsoft's side of a login, played: the token endpoint of Entra ID and the identity endpoint that Azure's hosts have. */
import { randomUUID } from "node:crypto";
import type { RequestListener } from "node:http";
import {
  type Answer,
  createScript,
  json,
  type RecordedRequest,
  type ScriptedServer,
  startScriptedServer,
} from "./scripted-server.ts";

/** A token that was asked for. */
export interface TokenRequest {
  /** The resource without `/.default`: `https://vault.azure.net`. */
  readonly resource: string;
  readonly clientId: string | undefined;
  readonly tenant: string | undefined;
  /** `secret`, `assertion` (workload identity, certificate), `managed identity`. */
  readonly proof: "secret" | "assertion" | "managed identity";
  /** The token that was handed out; undefined when it was refused. */
  readonly token: string | undefined;
}

/** What the endpoint knows; it lets everybody in for an hour unless told otherwise. */
export interface EntraOptions {
  /** Any other secret is refused as Entra ID does, with `invalid_client`. */
  readonly clientSecret?: string | undefined;
  /** 3600 unless set. */
  readonly lifetimeSeconds?: number | undefined;
  /** Answers in place of the endpoint when it returns something: 429, 500, `temporarily_unavailable`, … */
  readonly interfere?: ((request: RecordedRequest) => Answer | undefined) | undefined;
}

/** The endpoint as a backend of `startCloud`. */
export interface Entra {
  /** For the host `login.microsoftonline.com`, or that of a sovereign cloud. */
  readonly handler: RequestListener;
  readonly tokens: readonly TokenRequest[];
  /** What a plugin's environment needs to log in here: tenant, client and secret. */
  readonly env: Readonly<Record<string, string>>;
}

/** `IDENTITY_ENDPOINT` as App Service and others have it; to be closed. */
export interface IdentityEndpoint extends Pick<ScriptedServer, "close" | "requests"> {
  readonly env: Readonly<Record<string, string>>;
  readonly tokens: readonly TokenRequest[];
}

/** Makes an Entra ID that hands out unsigned tokens: client secrets, client assertions, and the discovery documents. */
export function createEntra(options: EntraOptions = {}): Entra {
  const tokens: TokenRequest[] = [];
  const { clientSecret = randomUUID(), interfere } = options;
  const { listener } = createScript((request) => interfere?.(request) ?? answer(request));
  return {
    handler: listener,
    tokens,
    env: { AZURE_TENANT_ID: randomUUID(), AZURE_CLIENT_ID: randomUUID(), AZURE_CLIENT_SECRET: clientSecret },
  };

  function answer(request: RecordedRequest): Answer {
    if (request.path.endsWith("/discovery/instance")) return json(instanceMetadata(request.host));
    const tenant = request.path.split("/")[1] ?? "";
    if (request.path.endsWith("/.well-known/openid-configuration"))
      return json(openidConfiguration(request.host, tenant));
    if (request.method !== "POST" || !request.path.endsWith("/oauth2/v2.0/token"))
      return json({ error: "not_found" }, 404);
    const form = new URLSearchParams(request.text);
    const asked = {
      resource: (form.get("scope") ?? "").split(" ")[0]?.replace(/\/\.default$/, "") ?? "",
      clientId: form.get("client_id") ?? undefined,
      tenant,
      proof: form.has("client_assertion") ? ("assertion" as const) : ("secret" as const),
    };
    if (asked.proof === "secret" && options.clientSecret !== undefined && form.get("client_secret") !== clientSecret) {
      tokens.push({ ...asked, token: undefined });
      return json(invalidClient, 401);
    }
    const token = unsignedToken(asked.resource, options);
    tokens.push({ ...asked, token });
    return json({
      token_type: "Bearer",
      expires_in: lifetimeOf(options),
      ext_expires_in: lifetimeOf(options),
      access_token: token,
    });
  }
}

/** Starts an identity endpoint on 127.0.0.1, plain HTTP as the real one; a request without the right header is refused with 401. */
export async function startIdentityEndpoint(options: EntraOptions = {}): Promise<IdentityEndpoint> {
  const tokens: TokenRequest[] = [];
  const secret = randomUUID();
  const server = await startScriptedServer((request) => options.interfere?.(request) ?? answer(request));
  const { requests, close } = server;
  return { env: { IDENTITY_ENDPOINT: `${server.url}/msi/token`, IDENTITY_HEADER: secret }, requests, tokens, close };

  function answer({ headers, query }: RecordedRequest): Answer {
    if (headers["x-identity-header"] !== secret) return json({ statusCode: 401, message: "no such header" }, 401);
    const resource = (query.get("resource") ?? "").replace(/\/\.default$/, "");
    const token = unsignedToken(resource, options);
    const clientId = query.get("client_id") ?? undefined;
    tokens.push({ resource, clientId, tenant: undefined, proof: "managed identity", token });
    const expiresOn = Math.floor(Date.now() / 1000) + lifetimeOf(options);
    return json({
      access_token: token,
      expires_on: String(expiresOn),
      resource,
      token_type: "Bearer",
      client_id: clientId,
    });
  }
}

/** A JSON Web Token without a signature, as Azurite takes it: it looks at times, issuer and audience. */
export function unsignedToken(resource: string, options: Pick<EntraOptions, "lifetimeSeconds"> = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const claims = {
    aud: resource,
    iss: `https://sts.windows.net/${randomUUID()}/`,
    iat: now - 60,
    nbf: now - 60,
    exp: now + lifetimeOf(options),
    jti: randomUUID(),
    ver: "1.0",
  };
  return `${encode({ alg: "none", typ: "JWT" })}.${encode(claims)}.${encode("no signature")}`;
}

function lifetimeOf({ lifetimeSeconds = 3600 }: Pick<EntraOptions, "lifetimeSeconds">): number {
  return lifetimeSeconds;
}

const invalidClient = {
  error: "invalid_client",
  error_description: "AADSTS7000215: Invalid client secret provided.",
  error_codes: [7_000_215],
};

function instanceMetadata(host: string): unknown {
  return {
    tenant_discovery_endpoint: `https://${host}/common/v2.0/.well-known/openid-configuration`,
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}

function openidConfiguration(host: string, tenant: string): unknown {
  return {
    token_endpoint: `https://${host}/${tenant}/oauth2/v2.0/token`,
    authorization_endpoint: `https://${host}/${tenant}/oauth2/v2.0/authorize`,
    end_session_endpoint: `https://${host}/${tenant}/oauth2/v2.0/logout`,
    issuer: `https://${host}/${tenant}/v2.0`,
    jwks_uri: `https://${host}/${tenant}/discovery/v2.0/keys`,
  };
}
