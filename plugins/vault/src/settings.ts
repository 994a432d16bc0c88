import { StoreError } from "configmanager/plugin";
import { parseGoBool, parseGoDuration, parseRate, type Rate } from "./go-values.ts";

/** The variables of Vault's own clients, and a few for the logins that those leave to their caller. */
export type Env = Readonly<Record<string, string | undefined>>;

/** How a Vault is reached, as the environment says it. */
export interface VaultSettings {
  /** With the path below which the API lies, as a rule `/`; no user, no query. For a socket it is `http://localhost`. */
  readonly address: URL;
  /** `user:password` of the address. */
  readonly basicAuth: string | undefined;
  /** The path of a unix socket, when that is where Vault listens. */
  readonly socketPath: string | undefined;
  /** For people: the host and its port, or the socket. */
  readonly host: string;
  readonly namespace: string | undefined;
  /** Sent with each request, beside Vault's own. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined when there is no limit. */
  readonly rate: Rate | undefined;
  /** How often a failed request is sent again; undefined for the plugin's own choice. */
  readonly maxRetries: number | undefined;
  /** How long a value may take; undefined for the plugin's own choice. */
  readonly timeoutMs: number | undefined;
  readonly srvLookup: boolean;
  readonly followRedirect: boolean;
  /** For every host, whatever HTTPS_PROXY and NO_PROXY say. */
  readonly proxyUrl: string | undefined;
  readonly tls: TlsSettings;
}

/** How TLS is spoken; files are named, not read. */
export interface TlsSettings {
  readonly caFile: string | undefined;
  readonly caPem: string | undefined;
  readonly caFolder: string | undefined;
  readonly clientCertificateFile: string | undefined;
  readonly clientKeyFile: string | undefined;
  readonly serverName: string | undefined;
  readonly skipVerify: boolean;
}

/**
 * Reads the variables that Vault's Go client reads, with its meaning. Throws `badRequest` for one that cannot be used, in
 * the words of the Go store where it has some; never quotes a variable, which may hold a password.
 */
export function readSettings(env: Env): VaultSettings {
  const set = (name: string): string | undefined => env[name] || undefined;
  if (set("VAULT_WRAP_TTL") !== undefined) {
    // The reply to a wrapped read holds a token for the value, not the value.
    throw refusal("VAULT_WRAP_TTL asks for wrapped replies, which hold no value", "unset VAULT_WRAP_TTL");
  }
  const timeoutMs = readDuration(set("VAULT_CLIENT_TIMEOUT"));
  return {
    ...readAddress(set("VAULT_AGENT_ADDR") ?? set("VAULT_ADDR") ?? "https://127.0.0.1:8200"),
    namespace: set("VAULT_NAMESPACE"),
    headers: readHeaders(set("VAULT_HEADERS")),
    rate: readRate(set("VAULT_RATE_LIMIT")),
    maxRetries: readCount(set("VAULT_MAX_RETRIES")),
    timeoutMs,
    srvLookup: readBool(env, "VAULT_SRV_LOOKUP"),
    followRedirect: !readBool(env, "VAULT_DISABLE_REDIRECTS"),
    proxyUrl: set("VAULT_PROXY_ADDR") ?? set("VAULT_HTTP_PROXY"),
    tls: {
      caFile: set("VAULT_CACERT"),
      caPem: set("VAULT_CACERT_BYTES"),
      caFolder: set("VAULT_CAPATH"),
      clientCertificateFile: set("VAULT_CLIENT_CERT"),
      clientKeyFile: set("VAULT_CLIENT_KEY"),
      serverName: set("VAULT_TLS_SERVER_NAME"),
      skipVerify: readBool(env, "VAULT_SKIP_VERIFY"),
    },
  };
}

/** An error of the environment in the form of the Go store: what is wrong, and on a second line what came of it. */
export function refusal(message: string, hint: string, cause?: unknown): StoreError {
  return new StoreError("badRequest", `${message}\nfailed to initialize the client`, { hint, cause });
}

function unusable(message: string, hint: string): StoreError {
  return refusal(`error encountered setting up default configuration: ${message}`, hint);
}

function readAddress(text: string): Pick<VaultSettings, "address" | "basicAuth" | "socketPath" | "host"> {
  const hint = "set VAULT_ADDR to https://host:8200, or to unix:///path/of/a/socket";
  if (text.startsWith("unix://")) {
    const socketPath = text.slice("unix://".length);
    if (socketPath === "") throw refusal("VAULT_ADDR names no socket", hint);
    return { address: new URL("http://localhost"), basicAuth: undefined, socketPath, host: text };
  }
  const address = URL.canParse(text) ? new URL(text) : undefined;
  if (address === undefined || !/^https?:$/.test(address.protocol)) throw refusal("VAULT_ADDR is no address", hint);
  const { username, password, host } = address;
  const basicAuth =
    username === "" && password === "" ? undefined : `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  Object.assign(address, { username: "", password: "", search: "", hash: "" });
  return { address, basicAuth, socketPath: undefined, host };
}

function readHeaders(text: string | undefined): Record<string, string> {
  if (text === undefined) return {};
  const hint = 'set VAULT_HEADERS to a JSON object of texts: {"X-My-Header":"text"}';
  let headers: unknown;
  try {
    headers = JSON.parse(text);
  } catch {
    headers = undefined;
  }
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) {
    throw refusal("could not unmarshal environment-supplied headers", hint);
  }
  const entries = Object.entries(headers) as [string, unknown][];
  const reserved = entries.map(([name]) => name).filter((name) => /^x-vault-/i.test(name));
  if (reserved.length > 0) {
    throw refusal(
      `failed to setup Headers[${reserved.join(", ")}]: Header starting by 'X-Vault-' are for internal usage only`,
      "take them out of VAULT_HEADERS",
    );
  }
  if (entries.some(([, value]) => typeof value !== "string")) {
    throw refusal("environment-supplied headers include non-string values", hint);
  }
  if (
    entries.some(
      ([name, value]) => !/^[!#$%&'*+.^_`|~\w-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value as string),
    )
  ) {
    throw refusal("environment-supplied headers include one that cannot be sent", hint);
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

function readRate(text: string | undefined): Rate | undefined {
  if (text === undefined) return undefined;
  const rate = parseRate(text);
  if (rate === undefined) {
    throw unusable(
      "VAULT_RATE_LIMIT was provided but incorrectly formatted",
      "set VAULT_RATE_LIMIT to <requests per second> or <requests per second>:<burst>",
    );
  }
  // As in Go, whose limiter lets everything through when it can never let one through.
  return rate.perSecond === 0 ? undefined : rate;
}

function readCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 32) return Number(text);
  throw unusable("VAULT_MAX_RETRIES is no number of retries", "set VAULT_MAX_RETRIES to 0, 1, 2, …");
}

/** Go's client takes zero for its default, and less for no limit. */
function readDuration(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseGoDuration(text);
  if (ms === undefined) {
    throw unusable('could not parse "VAULT_CLIENT_TIMEOUT"', "set VAULT_CLIENT_TIMEOUT to 30s, 2m, or seconds");
  }
  return ms === 0 ? undefined : Math.min(ms < 0 ? Infinity : Math.ceil(ms), longestTimerMs);
}

const longestTimerMs = 2 ** 31 - 1;

function readBool(env: Env, name: string): boolean {
  const text = env[name];
  if (text === undefined || text === "") return false;
  const value = parseGoBool(text);
  if (value === undefined) throw unusable(`could not parse ${name}`, `set ${name} to true or false`);
  return value;
}
