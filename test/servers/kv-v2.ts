/**
 * A Vault, played: secrets engines KV version 2 and 1, paths that make credentials, namespaces, policies, tokens and logins,
 * with the statuses and bodies of the real one. In memory; whatever it holds was made up by the test.
 */
import { randomUUID } from "node:crypto";
import type { TestCertificate } from "./certificates.ts";
import {
  type Answer,
  json,
  type RecordedRequest,
  reply,
  type Script,
  type ScriptedServer,
  startScriptedServer,
} from "./scripted-server.ts";

/** What a login allows, or the errors with which it is refused. */
export type LoginVerdict =
  | { readonly read: readonly string[]; readonly leaseSeconds?: number | undefined }
  | { readonly errors: readonly string[]; readonly status?: number | undefined };

/** Judges the body of a login. */
export type LoginCheck = (body: Readonly<Record<string, unknown>>) => LoginVerdict | Promise<LoginVerdict>;

/** How a server differs from one that answers everybody over plain HTTP. */
export interface KvServerOptions {
  readonly tls?: TestCertificate | undefined;
  readonly requestClientCertificate?: boolean | undefined;
  /** Paths of mounts, below their namespaces (`team/secret`), and their kinds; `secret` is of version 2 unless set. */
  readonly mounts?: Readonly<Record<string, "kv2" | "kv1" | "other">> | undefined;
  /** Mounts of version 2 that take no write without a check of the version. */
  readonly casRequired?: readonly string[] | undefined;
  /** Answers in place of the server when it returns something. */
  readonly interfere?: ((request: RecordedRequest) => Answer | undefined) | undefined;
}

/** A Vault without a listener, for a server of one's own. */
export interface KvState {
  readonly script: Script;
  /** May read everything. */
  readonly rootToken: string;
  /** Writes a secret; text is taken for JSON as it stands. Returns the version. */
  readonly put: (mount: string, path: string, data: object | string, options?: { deletionTime?: string }) => number;
  /** Deletes a version, so that it could be had back. */
  readonly remove: (mount: string, path: string, version: number) => void;
  /** Deletes a version for good. */
  readonly destroy: (mount: string, path: string, version: number) => void;
  /** Lets a path answer with what the function returns: `data`, `lease_id`, `lease_duration`, … */
  readonly answer: (path: string, body: () => object) => void;
  /** The JSON of the current version of a secret; undefined when there is none. */
  readonly current: (mount: string, path: string) => string | undefined;
  /** A token that may read, write and list these paths; `*` at the end stands for anything. */
  readonly addToken: (read: readonly string[], more?: Omit<Partial<Policy>, "read">) => string;
  readonly revoke: (token: string) => void;
  /** Enables a login: `auth/approle`, below its namespace. */
  readonly addLogin: (path: string, check: LoginCheck) => void;
  readonly seal: () => void;
  /** The tokens that logins have handed out. */
  readonly issued: readonly string[];
}

/** A server that runs; to be closed. */
export interface KvServer
  extends KvState, Pick<ScriptedServer, "url" | "port" | "requests" | "received" | "connections" | "close"> {
  /** Requests as `GET secret/data/foo`. */
  readonly log: () => string[];
}

interface Policy {
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly list: readonly string[];
}

/** Starts a server on a free port. */
export async function startKvServer(options: KvServerOptions = {}): Promise<KvServer> {
  const state = createKvState(options);
  const server = await startScriptedServer(state.script, options);
  return {
    ...state,
    url: server.url,
    port: server.port,
    requests: server.requests,
    received: server.received,
    connections: server.connections,
    close: () => server.close(),
    log: () => server.requests.map(({ method, path }) => `${method} ${decodeURIComponent(path.replace("/v1/", ""))}`),
  };
}

interface Version {
  readonly text: string;
  readonly deletionTime: string;
  isDeleted: boolean;
  isDestroyed: boolean;
}

/** Makes the state of a server, and what answers requests by it. */
export function createKvState(options: KvServerOptions = {}): KvState {
  const { mounts = { secret: "kv2" }, casRequired = [], interfere } = options;
  const secrets = new Map<string, Version[]>();
  const dynamic = new Map<string, () => object>();
  const logins = new Map<string, LoginCheck>();
  const rootToken = `root-${randomUUID()}`;
  const tokens = new Map<string, Policy>([[rootToken, { read: ["*"], write: ["*"], list: ["*"] }]]);
  const issued: string[] = [];
  let isSealed = false;

  const versionOf = (mount: string, path: string, version: number): Version => {
    const found = secrets.get(`${mount}/${path}`)?.[version - 1];
    if (found === undefined) throw new Error(`there is no version ${version} of ${mount}/${path}`);
    return found;
  };

  return {
    rootToken,
    issued,
    put: (mount, path, data, { deletionTime = "" } = {}) =>
      addVersion(`${mount}/${path}`, typeof data === "string" ? data : JSON.stringify(data), deletionTime),
    current: (mount, path) => secrets.get(`${mount}/${path}`)?.at(-1)?.text,
    remove: (mount, path, version) => void (versionOf(mount, path, version).isDeleted = true),
    destroy: (mount, path, version) => void (versionOf(mount, path, version).isDestroyed = true),
    answer: (path, body) => void dynamic.set(path, body),
    addToken(read, { write = [], list = [] } = {}) {
      const token = `token-${randomUUID()}`;
      tokens.set(token, { read, write, list });
      return token;
    },
    revoke: (token) => void tokens.delete(token),
    addLogin: (path, check) => void logins.set(path, check),
    seal: () => void (isSealed = true),
    script: async (request) => interfere?.(request) ?? (await respond(request)),
  };

  function addVersion(key: string, text: string, deletionTime = ""): number {
    const versions = secrets.get(key) ?? [];
    versions.push({ text, deletionTime, isDeleted: false, isDestroyed: false });
    secrets.set(key, versions);
    return versions.length;
  }

  async function respond(request: RecordedRequest): Promise<Answer> {
    if (isSealed) return errors(503, "Vault is sealed");
    if (!request.path.startsWith("/v1/")) return reply(404, "404 page not found\n");
    // The real server refuses what a browser could be tricked into sending, when it is an agent.
    if (request.headers["x-vault-request"] !== "true") return errors(412, "missing 'X-Vault-Request' header");
    const namespace = String(request.headers["x-vault-namespace"] ?? "").replace(/^\/+|\/+$/g, "");
    const local = decodeURIComponent(request.path.slice("/v1/".length));
    const path = namespace === "" ? local : `${namespace}/${local}`;
    const login = /^(.*)\/login$/.exec(path)?.[1];
    if (login !== undefined && /(?:^|\/)auth\//.test(login)) return logIn(login, request);
    const policy = tokens.get(String(request.headers["x-vault-token"] ?? ""));
    if (policy === undefined) return errors(403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n");
    const mountInfo = /^(.*\/)?sys\/internal\/ui\/mounts\/(.+)$/.exec(path);
    if (mountInfo !== null) return describeMount(`${mountInfo[1] ?? ""}${mountInfo[2]}`, Object.values(policy).flat());
    const isList = request.method === "GET" && request.query.get("list") === "true";
    const isWrite = request.method === "PUT" || request.method === "POST";
    if (request.method !== "GET" && !isWrite) return errors(405, "unsupported operation");
    const allowed = isList ? policy.list : isWrite ? policy.write : policy.read;
    if (!isAllowed(path, allowed)) return errors(403, "1 error occurred:\n\t* permission denied\n\n");
    if (isList) return listPath(path);
    return isWrite ? writePath(path, request.text) : readPath(path, request.query.get("version"));
  }

  function writePath(path: string, body: string): Answer {
    const [mount, kind] = findMount(path) ?? [];
    if (mount === undefined) return errors(404, `no handler for route "${path}". route entry not found.`);
    const written = JSON.parse(body) as { data?: unknown; options?: { cas?: number } };
    if (kind === "other") return errors(405, "unsupported operation");
    if (kind === "kv1") {
      secrets.delete(path);
      addVersion(path, body);
      return reply(204, "");
    }
    const below = path.slice(mount.length + 1);
    if (!below.startsWith("data/")) return json({ errors: [], warnings: [versionedWarning] }, 404);
    if (typeof written.data !== "object" || written.data === null) return errors(400, "no data provided");
    const key = `${mount}/${below.slice("data/".length)}`;
    const { cas } = written.options ?? {};
    if (cas === undefined && casRequired.includes(mount)) {
      return errors(400, "check-and-set parameter required for this call");
    }
    // Of a deleted secret too: its versions are still there.
    if (cas !== undefined && cas !== (secrets.get(key)?.length ?? 0)) {
      return errors(400, "check-and-set parameter did not match the current version");
    }
    const version = addVersion(key, JSON.stringify(written.data));
    const created_time = "2026-01-02T03:04:05.678901234Z";
    return envelope({ data: { created_time, custom_metadata: null, deletion_time: "", destroyed: false, version } });
  }

  function listPath(path: string): Answer {
    const [mount, kind] = findMount(path) ?? [];
    if (mount === undefined) return errors(404, `no handler for route "${path}". route entry not found.`);
    const below = path.slice(mount.length + 1);
    if (kind === "kv2" && !below.startsWith("metadata/"))
      return json({ errors: [], warnings: [versionedWarning] }, 404);
    const folder = `${mount}/${kind === "kv2" ? below.slice("metadata/".length) : below}`;
    const inside = [...secrets.keys()].filter((key) => key.startsWith(folder)).map((key) => key.slice(folder.length));
    const keys = [...new Set(inside.map((name) => name.replace(/\/.*/, "/")))].toSorted();
    return keys.length === 0 ? errors(404) : envelope({ data: { keys } });
  }

  async function logIn(path: string, { method, text }: RecordedRequest): Promise<Answer> {
    const check = logins.get(path);
    // The message of the real server, in which the path is quoted.
    if (check === undefined) return errors(404, `no handler for route "${path}/login". route entry not found.`);
    if (method !== "PUT" && method !== "POST") return errors(405, "unsupported operation");
    const verdict = await check(JSON.parse(text) as Record<string, unknown>);
    if ("errors" in verdict) return errors(verdict.status ?? 400, ...verdict.errors);
    const token = `login-${randomUUID()}`;
    tokens.set(token, { read: verdict.read, write: [], list: [] });
    issued.push(token);
    return envelope({
      auth: {
        client_token: token,
        accessor: randomUUID(),
        policies: ["default"],
        token_policies: ["default"],
        metadata: null,
        lease_duration: verdict.leaseSeconds ?? 3600,
        renewable: true,
        token_type: "service",
      },
    });
  }

  function describeMount(path: string, read: readonly string[]): Answer {
    const [mount, kind] = findMount(`${path}/`) ?? [];
    if (mount === undefined || !read.some((pattern) => pattern === "*" || pattern.startsWith(`${mount}/`))) {
      return errors(
        403,
        `preflight capability check returned 403, please ensure client's policies grant access to path "${path}/"`,
      );
    }
    const options = kind === "kv2" ? { version: "2" } : kind === "kv1" ? { version: "1" } : null;
    return envelope({ data: { path: `${mount}/`, type: kind === "other" ? "database" : "kv", options } });
  }

  function readPath(path: string, version: string | null): Answer {
    const body = dynamic.get(path);
    if (body !== undefined) return envelope(body());
    const [mount, kind] = findMount(path) ?? [];
    if (mount === undefined) return errors(404, `no handler for route "${path}". route entry not found.`);
    const below = path.slice(mount.length + 1);
    if (kind === "kv2") return readVersioned(mount, below, version);
    const found = secrets.get(path)?.at(-1);
    if (found === undefined) return errors(404);
    // As of version 1: the time after which it suggests to read again, without a lease.
    return envelopeText(found.text, { lease_duration: 2_764_800 });
  }

  function readVersioned(mount: string, below: string, version: string | null): Answer {
    if (!below.startsWith("data/")) return json({ errors: [], warnings: [versionedWarning] }, 404);
    const versions = secrets.get(`${mount}/${below.slice("data/".length)}`) ?? [];
    if (version !== null && !/^-?\d+$/.test(version)) return errors(400, "invalid version");
    const number = version === null || version === "0" ? versions.length : Number(version);
    const found = versions[number - 1];
    if (found === undefined) return errors(404);
    const isGone = found.isDeleted || found.isDestroyed;
    const metadata = {
      created_time: "2026-01-02T03:04:05.678901234Z",
      custom_metadata: null,
      deletion_time: found.isDeleted ? "2026-02-03T04:05:06.789012345Z" : found.deletionTime,
      destroyed: found.isDestroyed,
      version: number,
    };
    const text = `{"data":${isGone ? "null" : found.text},"metadata":${JSON.stringify(metadata)}}`;
    return envelopeText(text, {}, isGone ? 404 : 200);
  }

  function findMount(path: string): [string, string] | undefined {
    return Object.entries(mounts)
      .toSorted(([one], [other]) => other.length - one.length)
      .find(([mount]) => path.startsWith(`${mount}/`));
  }
}

const versionedWarning =
  "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. If using the Vault CLI, use 'vault kv get' for this operation.";

function isAllowed(path: string, read: readonly string[]): boolean {
  return read.some((pattern) => (pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern));
}

function errors(status: number, ...texts: readonly string[]): Answer {
  return json({ errors: texts }, status);
}

function envelope(members: object): Answer {
  return json({ ...emptyEnvelope(), ...members });
}

/** `data` as text, so that its numbers and escapes stay as they were written. */
function envelopeText(data: string, members: object = {}, status = 200): Answer {
  const rest = JSON.stringify({ ...emptyEnvelope(), ...members });
  return reply(status, `${rest.slice(0, -1)},"data":${data}}\n`, { "content-type": "application/json" });
}

function emptyEnvelope(): object {
  return {
    request_id: randomUUID(),
    lease_id: "",
    renewable: false,
    lease_duration: 0,
    wrap_info: null,
    warnings: null,
    auth: null,
  };
}
