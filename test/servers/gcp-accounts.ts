/** Google's accounts, played on this machine: keys of service accounts, and the servers that hand out access tokens. */
import { createVerify, generateKeyPairSync, randomUUID } from "node:crypto";
import type { RequestListener } from "node:http";
import {
  type Answer,
  createScript,
  json,
  type RecordedRequest,
  reply,
  type ScriptedServer,
  startScriptedServer,
} from "./scripted-server.ts";

/** A service account with a key that was made for the test. */
export interface ServiceAccount {
  readonly email: string;
  /** The text of its key file, as the console hands it out. */
  readonly keyFile: string;
  readonly publicKeyPem: string;
}

/** A token that some server gave, or that an account has signed itself. */
export interface BearerToken {
  readonly email: string;
  /** Of a self-signed one. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** The servers `oauth2`, `sts` and `iamcredentials`, and what they gave out. */
export interface GoogleAccounts {
  /** For `oauth2.googleapis.com`, `sts.googleapis.com` and `iamcredentials.googleapis.com`. */
  readonly handler: RequestListener;
  /** In the order in which they came. */
  readonly requests: readonly RecordedRequest[];
  /** Whose token that is; undefined for one that nobody knows, whose time is over, or that was revoked. */
  readonly whose: (token: string) => BearerToken | undefined;
  /** The text of the file that `gcloud auth application-default login` writes. */
  readonly loginFile: (email: string, more?: Readonly<Record<string, string>>) => string;
  /** Nobody takes the tokens any more that were given until now. */
  readonly revokeTokens: () => void;
  /** Gives out a token for anybody, for other servers of the test. */
  readonly issue: (email: string) => string;
}

/** Makes a service account; its key takes a moment. */
export function createServiceAccount(email: string, more: Readonly<Record<string, string>> = {}): ServiceAccount {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const file = {
    type: "service_account",
    project_id: email.split(/[@.]/)[1] ?? "",
    private_key_id: randomUUID().replaceAll("-", ""),
    private_key: privateKey,
    client_email: email,
    client_id: "1",
    token_uri: "https://oauth2.googleapis.com/token",
    ...more,
  };
  return { email, keyFile: JSON.stringify(file, undefined, 2), publicKeyPem: publicKey };
}

/** Makes the servers; `interfere` answers in their place when it returns something. */
export function createGoogleAccounts(
  serviceAccounts: readonly ServiceAccount[],
  interfere: (request: RecordedRequest) => Answer | undefined = () => undefined,
): GoogleAccounts {
  const logins = new Map<string, string>();
  const issued = new Map<string, string>();
  const issue = (email: string): string => {
    const token = `ya29.${randomUUID()}`;
    issued.set(token, email);
    return token;
  };
  const { listener, requests } = createScript((request) => interfere(request) ?? answer(request));
  return {
    handler: listener,
    requests,
    issue,
    whose(token) {
      const email = issued.get(token);
      return email === undefined ? readSelfSigned(token, serviceAccounts) : { email };
    },
    loginFile(email, more = {}) {
      const refreshToken = randomUUID();
      logins.set(refreshToken, email);
      return JSON.stringify({
        type: "authorized_user",
        client_id: "made-up.apps.googleusercontent.com",
        client_secret: randomUUID(),
        refresh_token: refreshToken,
        ...more,
      });
    },
    revokeTokens: () => issued.clear(),
  };

  function answer({ host, path, text, headers }: RecordedRequest): Answer {
    const form = new URLSearchParams(text);
    if (host === "oauth2.googleapis.com" && path === "/token") {
      const email = logins.get(form.get("refresh_token") ?? "");
      if (email === undefined) return json({ error: "invalid_grant", error_description: "Bad Request" }, 400);
      return json({ access_token: issue(email), expires_in: 3599, token_type: "Bearer" });
    }
    if (host === "sts.googleapis.com" && path === "/v1/token") {
      const subject = form.get("subject_token") ?? "";
      return json({
        access_token: issue(`federated:${subject}`),
        issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
        token_type: "Bearer",
        expires_in: 3600,
      });
    }
    const target = /^\/v1\/projects\/-\/serviceAccounts\/([^/]+):generateAccessToken$/.exec(path)?.[1];
    if (host !== "iamcredentials.googleapis.com" || target === undefined) return reply(404, "<!DOCTYPE html>");
    const caller = (headers.authorization ?? "").replace(/^Bearer /, "");
    if (!issued.has(caller) && readSelfSigned(caller, serviceAccounts) === undefined) {
      return json({ error: { code: 401, message: "no credentials", status: "UNAUTHENTICATED" } }, 401);
    }
    const expireTime = new Date(Date.now() + 3_600_000).toISOString();
    return json({ accessToken: issue(decodeURIComponent(target)), expireTime });
  }
}

/** Starts a metadata server on 127.0.0.1, which gives out tokens for `email`. */
export async function startMetadataServer(
  accounts: GoogleAccounts,
  email: string,
): Promise<Pick<ScriptedServer, "requests" | "close"> & { readonly env: Readonly<Record<string, string>> }> {
  const flavor = { "metadata-flavor": "Google" };
  const server = await startScriptedServer(({ path, headers }) => {
    if (headers["metadata-flavor"] !== "Google") return reply(403, "Missing Metadata-Flavor:Google header.");
    if (path.endsWith("/service-accounts/default/token")) {
      return json({ access_token: accounts.issue(email), expires_in: 3599, token_type: "Bearer" }, 200, flavor);
    }
    if (path === "/computeMetadata/v1/instance") return reply(200, "attributes/\n", flavor);
    return reply(404, "", flavor);
  });
  return {
    requests: server.requests,
    close: server.close,
    env: { GCE_METADATA_HOST: `127.0.0.1:${server.port}` },
  };
}

/** As Google checks it: signed by a key of the account, for an hour at most, and now. */
function readSelfSigned(token: string, accounts: readonly ServiceAccount[]): BearerToken | undefined {
  const [header = "", payload = "", signature = ""] = token.split(".");
  let claims: Record<string, unknown>;
  try {
    const { alg } = JSON.parse(Buffer.from(header, "base64url").toString()) as { alg?: unknown };
    if (alg !== "RS256") return undefined;
    claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const account = accounts.find(({ email }) => email === claims["iss"] && email === claims["sub"]);
  if (account === undefined) return undefined;
  const verify = createVerify("RSA-SHA256").update(`${header}.${payload}`);
  if (!verify.verify(account.publicKeyPem, Buffer.from(signature, "base64url"))) return undefined;
  const [now, iat, exp] = [Date.now() / 1000, Number(claims["iat"]), Number(claims["exp"])];
  const isForHere = claims["scope"] !== undefined || String(claims["aud"]).startsWith("https://secretmanager.");
  return isForHere && iat <= now + 60 && exp > now && exp - iat <= 3600 ? { email: account.email, claims } : undefined;
}
