import { badRequest, failed, type StoreError, unauthenticated } from "configmanager/plugin";
import type { StoreContext } from "configmanager/plugin";
import type { AwsLoginSigner } from "./aws-login.ts";
import { readJwt } from "./jwt.ts";
import { VaultFailure, type VaultRequest, type VaultResponse } from "./server.ts";
import { type Env, refusal, type VaultSettings } from "./settings.ts";
import type { Login } from "./tokens.ts";
import { readErrors, shorten, toReachError, toServerError } from "./vault-errors.ts";

/** How the plugin comes by a token. */
export type AuthMethod = (typeof authMethods)[number];

const authMethods = ["token", "aws", "approle", "kubernetes", "jwt"] as const;

/**
 * The method that the environment chooses: a token that is set wins, VAULT_AUTH_METHOD is next. Throws `badRequest` for a
 * method that is not known.
 */
export function chooseAuthMethod(env: Env): AuthMethod {
  const token = env["VAULT_TOKEN"] ?? "";
  const method = env["VAULT_AUTH_METHOD"] || "token";
  if (!isAuthMethod(method)) {
    throw refusal(`VAULT_AUTH_METHOD names no login that is known`, `set it to ${authMethods.join(", ")}`);
  }
  // The Go store's way to ask for this login; it is no token in any case.
  if (token.startsWith("aws_iam")) return method === "token" ? "aws" : method;
  return token === "" ? method : "token";
}

function isAuthMethod(text: string): text is AuthMethod {
  return (authMethods as readonly string[]).includes(text);
}

/** What a login is made with. */
export interface LoginOptions {
  readonly method: Exclude<AuthMethod, "token">;
  readonly context: Pick<StoreContext, "env" | "cwd" | "log">;
  readonly settings: VaultSettings;
  readonly send: (request: VaultRequest, signal: AbortSignal) => Promise<VaultResponse>;
}

/**
 * Makes the login of a method: one request to `auth/<mount>/login`. It rejects with `badRequest` when the environment lacks
 * what it needs, `unauthenticated` when Vault refuses, or the error of what could not be reached.
 */
export function createLogin(options: LoginOptions): (role: string | undefined, signal: AbortSignal) => Promise<Login> {
  const { method, settings, send } = options;
  const { env } = options.context;
  const mount = (env["VAULT_AUTH_MOUNT"] || method).replace(/^\/*(?:auth\/+)?|\/+$/g, "");
  const path = `auth/${mount}/login`;
  const toBody = bodyOf(options);
  return async (role, signal) => {
    const body = await toBody(role || env["VAULT_ROLE"] || undefined, signal);
    let response: VaultResponse;
    try {
      response = await send({ method: "PUT", path, body }, signal);
      if (response.status === 404) throw refusedLogin(method, path, response.text, 404);
    } catch (error) {
      if (!(error instanceof VaultFailure)) throw toReachError(error, settings);
      throw toLoginError(error, body);
    }
    return readLogin(response, method, path);
  };

  function toLoginError(failure: VaultFailure, body: LoginBody): StoreError {
    const unable = toServerError(failure, settings);
    if (unable !== undefined) return unable;
    const text = withoutSecrets(failure.text, body);
    return method === "aws" ? refusedAwsLogin(failure, text) : refusedLogin(method, path, text, failure.status);
  }
}

type LoginBody = Readonly<Record<string, string | undefined>>;

function bodyOf({
  method,
  context,
}: LoginOptions): (role: string | undefined, signal: AbortSignal) => Promise<LoginBody> {
  const { env, cwd, log } = context;
  let signer: Promise<AwsLoginSigner> | undefined;
  return async (role, signal) => {
    switch (method) {
      case "aws": {
        if (role === undefined) {
          throw badRequest("role provided is empty, EC2 auth not supported", {
            hint: "add [iam_role=<role>] to the token, or set VAULT_ROLE",
          });
        }
        signer ??= import("./aws-login.ts").then(({ createAwsLoginSigner }) => createAwsLoginSigner(env, log));
        const sign = await signer;
        return { role, ...(await sign()) };
      }
      case "approle": {
        const roleId = env["VAULT_ROLE_ID"];
        if (!roleId) throw lacks(method, "VAULT_ROLE_ID");
        // A role may do without.
        return { role_id: roleId, secret_id: env["VAULT_SECRET_ID"] || undefined };
      }
      case "kubernetes":
        if (role === undefined) throw lacks(method, "VAULT_ROLE");
        return { role, jwt: await readJwt(method, env, cwd, signal) };
      case "jwt":
        return { role, jwt: await readJwt(method, env, cwd, signal) };
    }
  };
}

function lacks(method: AuthMethod, variable: string): StoreError {
  const orToken = variable === "VAULT_ROLE" ? ", or add [role=<role>] to the token" : "";
  return badRequest(`the login "${method}" needs ${variable}`, { hint: `set ${variable}${orToken}` });
}

function readLogin({ text }: VaultResponse, method: AuthMethod, path: string): Login {
  let auth: unknown;
  try {
    ({ auth } = JSON.parse(text) as { auth?: unknown });
  } catch {
    auth = undefined;
  }
  const { client_token: token, lease_duration: seconds } = (auth ?? {}) as Record<string, unknown>;
  if (typeof token === "string" && token !== "") {
    // A lifetime of zero is one without end.
    return { token, lifetimeMs: typeof seconds === "number" && seconds > 0 ? seconds * 1000 : undefined };
  }
  const message = "response did not return ClientToken, client token not set";
  if (method === "aws") {
    throw failed(`unable to login to AWS auth method: ${message}. failed to initialize the client`);
  }
  throw failed(`unable to log in at "${path}": ${message}`);
}

function refusedLogin(method: AuthMethod, path: string, text: string, status: number): StoreError {
  const said = readErrors(text).join("; ");
  const isMissing = status === 404 || said.includes("no handler for route");
  return unauthenticated(`unable to log in at "${path}": ${said === "" ? `(${status})` : `${said} (${status})`}`, {
    hint: isMissing
      ? `set VAULT_AUTH_MOUNT to where the method ${method} is enabled, and check VAULT_NAMESPACE`
      : hintFor[method],
  });
}

/** In the words of the Go store and its client, which users search logs for. */
function refusedAwsLogin({ url, status }: VaultFailure, text: string): StoreError {
  const errors = readErrors(text);
  const said =
    errors.length === 0
      ? `Raw Message:\n\n${shorten(text)}`
      : `Errors:\n\n${errors.map((line) => `* ${line}`).join("")}`;
  const answer = `Error making API request.\n\nURL: PUT ${url}\nCode: ${status}. ${said}`;
  return unauthenticated(
    `unable to login to AWS auth method: unable to log in to auth method: unable to log in with AWS auth: ${answer}. failed to initialize the client`,
    { hint: hintFor.aws },
  );
}

const hintFor: Readonly<Record<AuthMethod, string>> = {
  token: "set VAULT_TOKEN",
  aws: "check the role, the AWS credentials that sign the login, and the principals that the role is bound to",
  approle: "check VAULT_ROLE_ID and VAULT_SECRET_ID",
  kubernetes: "check VAULT_ROLE, and the service accounts and namespaces that the role is bound to",
  jwt: "check VAULT_ROLE, and the audience, issuer and claims that the role is bound to",
};

/** A service that Vault asks may answer with all that it was sent, headers and all, and Vault passes that on. */
function withoutSecrets(text: string, { role_id: roleId, secret_id: secretId, jwt, ...aws }: LoginBody): string {
  const headers = aws["iam_request_headers"];
  const secrets = [roleId, secretId, jwt, headers, ...(headers === undefined ? [] : signedValues(headers))];
  return secrets
    .flatMap((secret) =>
      secret === undefined || secret === "" ? [] : [secret, escaped(secret), escaped(escaped(secret))],
    )
    .toSorted((one, other) => other.length - one.length)
    .reduce((rest, secret) => rest.replaceAll(secret, "…"), text);
}

/** As it stands in JSON. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** The session token and the signature within the headers of an AWS login. */
function signedValues(base64: string): string[] {
  const headers = JSON.parse(Buffer.from(base64, "base64").toString()) as Record<string, readonly string[]>;
  return ["X-Amz-Security-Token", "Authorization"].flatMap((name) => headers[name] ?? []);
}
