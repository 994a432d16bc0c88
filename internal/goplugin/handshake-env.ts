import { ConfigManagerError } from "../errors/errors.ts";
import {
  cookieKey,
  cookieValues,
  defaultMaxPort,
  defaultMinPort,
  pluginVariableNames,
  pluginVariables,
} from "./constants.ts";
import { parseGoInt } from "./go-text.ts";

/** Variables by name, as a process hands them in. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a host tells the plugin that it launches. */
export interface HandshakeEnvOptions {
  readonly cookieValue: string;
  /** The app protocol versions that the host speaks. */
  readonly appVersions: readonly number[];
  /** Where the plugin makes its sockets; the system's temporary folder unless set. Not on Windows. */
  readonly socketDir?: string | undefined;
  /** Turns AutoMTLS on. */
  readonly clientCertificatePem?: string | undefined;
}

/** What a plugin reads from the environment that its host made. */
export interface HandshakeEnv {
  /** The cookie has one of the values that are known. */
  readonly cookieMatches: boolean;
  /** The cookie is set to anything: some host is there, of another kind. */
  readonly cookiePresent: boolean;
  /** In the order sent, which means nothing; empty when the host sent none. */
  readonly hostAppVersions: readonly number[];
  /** Entries of the list that are no numbers: to be reported on stderr and skipped. */
  readonly junkVersions: readonly string[];
  /** 0 when unset; both 0: the system chooses the port. */
  readonly minPort: number;
  /** 0 when unset. */
  readonly maxPort: number;
  /** What is wrong with the two ports; matters only to a plugin that listens on TCP. */
  readonly portProblem?: string;
  /** There under AutoMTLS only. */
  readonly clientCertificatePem?: string;
  /** The host wants a seventh field in the handshake line. */
  readonly multiplexAsked: boolean;
  readonly socketDir?: string;
  /** A name or a decimal id. */
  readonly socketGroup?: string;
}

/**
 * The variables that a host sets for a plugin (go-plugin protocol, section 1.1): to be laid over an environment that
 * went through `withoutPluginVariables`.
 */
export function createHandshakeEnv(options: HandshakeEnvOptions): Record<string, string> {
  const env: Record<string, string> = {
    [cookieKey]: options.cookieValue,
    [pluginVariables.minPort]: String(defaultMinPort),
    [pluginVariables.maxPort]: String(defaultMaxPort),
    [pluginVariables.protocolVersions]: options.appVersions.join(","),
  };
  if (options.clientCertificatePem !== undefined) env[pluginVariables.clientCertificate] = options.clientCertificatePem;
  if (options.socketDir !== undefined) env[pluginVariables.socketDir] = options.socketDir;
  return env;
}

/**
 * A copy of `env` without go-plugin's own variables, in whatever case Windows has them: a host that is a plugin itself
 * would hand its own certificate on, and the child would speak TLS unasked (go-plugin protocol, section 1.2).
 */
export function withoutPluginVariables(env: Environment): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !pluginVariableNames.includes(entry[0].toUpperCase()),
  );
  return Object.fromEntries(kept);
}

/** What the host has said, read as a Go plugin reads it; never throws (go-plugin protocol, sections 1.1, 2.4, 2.5). */
export function readHandshakeEnv(env: Environment): HandshakeEnv {
  const cookie = env[cookieKey];
  const listed = readSet(env, pluginVariables.protocolVersions)?.split(",") ?? [];
  const versions = listed.map((text) => ({ text, version: parseGoInt(text) }));
  const clientCertificatePem = readSet(env, pluginVariables.clientCertificate);
  const socketDir = readSet(env, pluginVariables.socketDir);
  const socketGroup = readSet(env, pluginVariables.socketGroup);
  return {
    cookieMatches: cookieValues.some((value) => value === cookie),
    cookiePresent: cookie !== undefined,
    hostAppVersions: versions.flatMap(({ version }) => version ?? []),
    junkVersions: versions.filter(({ version }) => version === undefined).map(({ text }) => text),
    ...readPorts(env),
    ...(clientCertificatePem === undefined ? {} : { clientCertificatePem }),
    // Whatever it says: a Go plugin prints the seventh field as soon as there is anything (section 1.1).
    multiplexAsked: readSet(env, pluginVariables.multiplex) !== undefined,
    ...(socketDir === undefined ? {} : { socketDir }),
    ...(socketGroup === undefined ? {} : { socketGroup }),
  };
}

/**
 * The highest of a plugin's `own` versions that the host listed; its lowest when there is none, so that the host
 * complains and names both sets (go-plugin protocol, section 2.4). Throws CM_INTERNAL when `own` is empty.
 */
export function chooseAppVersion(own: readonly number[], hostListed: readonly number[]): number {
  const lowest = Math.min(...own);
  if (!Number.isFinite(lowest)) throw new ConfigManagerError("CM_INTERNAL", "a plugin without app protocol versions");
  const common = own.filter((version) => hostListed.includes(version));
  return common.length === 0 ? lowest : Math.max(...common);
}

function readPorts(env: Environment): { minPort: number; maxPort: number; portProblem?: string } {
  const minPort = readPort(env, pluginVariables.minPort);
  const maxPort = readPort(env, pluginVariables.maxPort);
  if (typeof minPort === "string") return { minPort: 0, maxPort: 0, portProblem: minPort };
  if (typeof maxPort === "string") return { minPort: 0, maxPort: 0, portProblem: maxPort };
  if (minPort <= maxPort) return { minPort, maxPort };
  const { minPort: minName, maxPort: maxName } = pluginVariables;
  return { minPort, maxPort, portProblem: `${minName} is "${minPort}" and so above ${maxName}, "${maxPort}"` };
}

// The port, or what is wrong with it.
function readPort(env: Environment, name: string): number | string {
  const text = readSet(env, name);
  if (text === undefined) return 0;
  const port = parseGoInt(text);
  return port === undefined || port < 0 || port > 65_535 ? `${name} is not a port: "${text.slice(0, 20)}"` : port;
}

// Go does not tell an empty variable from an absent one.
function readSet(env: Environment, name: string): string | undefined {
  return env[name] === "" ? undefined : env[name];
}
