import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  badRequest,
  type Connections,
  createCalls,
  createConnections,
  isStoreError,
  isTransientNetworkError,
  sendRequest,
  timedOut,
  toNetworkError,
  unauthenticated,
  unavailable,
} from "configmanager/plugin";
import type { Env } from "./settings.ts";

/** Where Kubernetes puts the token of a pod's service account. */
const serviceAccountFile = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/**
 * The signed token that a login shows: VAULT_JWT, the file VAULT_JWT_FILE, then by method: `kubernetes` reads the service
 * account's file, `jwt` asks GitHub for an id token when it runs in one of its jobs. Read anew for each login, since they
 * are short-lived. Rejects with `badRequest`, `unauthenticated` or the network's error.
 */
export async function readJwt(
  method: "kubernetes" | "jwt",
  env: Env,
  cwd: string,
  signal: AbortSignal,
): Promise<string> {
  const given = env["VAULT_JWT"]?.trim();
  if (given !== undefined && given !== "") return given;
  const file = env["VAULT_JWT_FILE"] || (method === "kubernetes" ? serviceAccountFile : undefined);
  if (file !== undefined) return readTokenFile(resolve(cwd, file));
  const url = env["ACTIONS_ID_TOKEN_REQUEST_URL"];
  const bearer = env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
  if (url && bearer) return askGitHub(url, bearer, env, signal);
  throw badRequest(
    'the login "jwt" needs a token: VAULT_JWT, VAULT_JWT_FILE and ACTIONS_ID_TOKEN_REQUEST_URL are not set',
    { hint: "set VAULT_JWT or VAULT_JWT_FILE; in a job of GitHub give it the permission id-token: write" },
  );
}

async function readTokenFile(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw badRequest(`the token "${file}" cannot be read`, {
      hint: "set VAULT_JWT_FILE to the file of the token",
      cause: error,
    });
  });
  if (text.trim() === "") throw badRequest(`the file "${file}" holds no token`);
  return text.trim();
}

async function askGitHub(address: string, bearer: string, env: Env, signal: AbortSignal): Promise<string> {
  if (!URL.canParse(address)) throw badRequest("ACTIONS_ID_TOKEN_REQUEST_URL is no address");
  const url = new URL(address);
  const audience = env["VAULT_JWT_AUDIENCE"];
  if (audience) url.searchParams.set("audience", audience);
  // The certificates, the proxy and the limits of Vault's variables are Vault's alone.
  const connections = createConnections({ env });
  const calls = createCalls({
    judge: (error) => (isUnavailable(error) || isTransientNetworkError(error) ? "transient" : "final"),
  });
  try {
    return await calls.run((attempt) => askOnce(url, bearer, connections, attempt), signal);
  } catch (error) {
    // A time-out of the calls does not say who took so long.
    if (isStoreError(error) && error.kind === "timedOut") throw timedOut(`"${url.host}" gave ${error.message}`);
    throw toNetworkError(error, url.host) ?? error;
  } finally {
    connections.close();
  }
}

async function askOnce(url: URL, bearer: string, connections: Connections, signal: AbortSignal): Promise<string> {
  const headers = { authorization: `Bearer ${bearer}`, accept: "application/json" };
  const { status, body } = await sendRequest({ url, headers, connections, signal });
  const token = status === 200 ? readValue(body.toString()) : undefined;
  if (token !== undefined) return token;
  const message = `"${url.host}" gave no id token (${status})`;
  if (status === 429 || status >= 500) throw unavailable(message);
  throw unauthenticated(message, { hint: "give the job the permission id-token: write" });
}

function isUnavailable(error: unknown): boolean {
  return isStoreError(error) && error.kind === "unavailable";
}

function readValue(text: string): string | undefined {
  try {
    const { value } = JSON.parse(text) as { value?: unknown };
    return typeof value === "string" && value !== "" ? value : undefined;
  } catch {
    return undefined;
  }
}
