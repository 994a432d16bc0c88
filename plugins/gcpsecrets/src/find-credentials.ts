import { readFile } from "node:fs/promises";
import { homedir, platform } from "node:os";
import { join, resolve } from "node:path";
import { badRequest, isStoreError, unauthenticated } from "configmanager/plugin";
import { type AuthClient, Compute, GoogleAuth, type GoogleAuthOptions } from "google-auth-library";
import { toUnusableError } from "./credential-errors.ts";
import { findMetadataServer } from "./metadata-server.ts";
import type { AuthTransport } from "./transporter.ts";

/** The credentials of this machine, and where they are from. */
export interface FoundCredentials {
  readonly client: AuthClient;
  /** For people: `the file "…"`, `the metadata server`. */
  readonly source: string;
}

/** What the search looks at. */
export interface SearchPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly transport: AuthTransport;
}

/** What Secret Manager asks for. */
const scopes = ["https://www.googleapis.com/auth/cloud-platform"];

/**
 * The application default credentials: the file of `GOOGLE_APPLICATION_CREDENTIALS`, that of `gcloud auth
 * application-default login`, the metadata server. Not by the library's own search, which also asks gcloud for a project,
 * waits seconds for a metadata server, and quotes files in errors. Throws `unauthenticated`, with what was tried, in order.
 */
export async function findCredentials(places: SearchPlaces): Promise<FoundCredentials> {
  const { env, cwd, transport } = places;
  const named = env["GOOGLE_APPLICATION_CREDENTIALS"];
  if (named !== undefined && named !== "") {
    const file = resolve(cwd, named);
    const text = await readFile(file, "utf8").catch((error: unknown) => {
      throw unreadable(file, error, "correct GOOGLE_APPLICATION_CREDENTIALS");
    });
    return fromFile(file, text, transport);
  }
  const loginFile = loginFileOf(env);
  const text = await readFile(loginFile, "utf8").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw unreadable(loginFile, error, "correct the permissions of the file");
  });
  if (text !== undefined) return fromFile(loginFile, text, transport);
  const server = await findMetadataServer(env, transport.direct);
  if (server.isThere) {
    const client = new Compute({ scopes, transporter: transport.transporter });
    return { client, source: "the metadata server" };
  }
  throw unauthenticated(
    "no Google credentials were found: GOOGLE_APPLICATION_CREDENTIALS is not set, " +
      `"${loginFile}" does not exist, and ${server.reason}`,
    {
      hint: "run gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to a credential file",
    },
  );
}

function loginFileOf(env: SearchPlaces["env"]): string {
  const name = "application_default_credentials.json";
  if (env["CLOUDSDK_CONFIG"]) return join(env["CLOUDSDK_CONFIG"], name);
  if (platform() === "win32" && env["APPDATA"]) return join(env["APPDATA"], "gcloud", name);
  return join(env["HOME"] || homedir(), ".config", "gcloud", name);
}

async function fromFile(file: string, text: string, transport: AuthTransport): Promise<FoundCredentials> {
  const source = `the file "${file}"`;
  const { transporter } = transport;
  try {
    const credentials = parseCredentials(text, source);
    // A project, so that nobody searches for one: Secret Manager is told the secret's.
    const auth = new GoogleAuth({ credentials, scopes, projectId: "none", clientOptions: { transporter } });
    // A service account signs its own tokens, and no server needs to be asked for them.
    auth.useJWTAccessWithScope = true;
    const client = await auth.getClient();
    transport.adopt(client);
    return { client, source };
  } catch (error) {
    throw isStoreError(error) ? error : toUnusableError(error, source);
  }
}

function parseCredentials(text: string, source: string): NonNullable<GoogleAuthOptions["credentials"]> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Without the cause, which quotes the text.
  }
  if (typeof parsed === "object" && parsed !== null) return parsed;
  throw unauthenticated(`${source} holds no credentials: it is no JSON object`, {
    hint: "make a new key of the service account, or log in again",
  });
}

function unreadable(file: string, error: unknown, hint: string): Error {
  const code = codeOf(error);
  if (code === "ENOENT") return unauthenticated(`the credential file "${file}" does not exist`, { hint });
  if (code === "ERR_INVALID_ARG_VALUE") return badRequest("the path of the credential file holds a NUL", { hint });
  return unauthenticated(`the credential file "${file}" cannot be read (${code ?? "unknown reason"})`, { hint });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
