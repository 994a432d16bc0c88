/**
 * The go-plugin wire, for both sides of it: `host/` launches plugins with it, `plugins/sdk/` serves with it.
 * Nothing here knows what a token is, starts a process or reads a clock, file or environment by itself.
 * `constants.ts`, `handshake-line.ts` and `handshake-env.ts` load neither gRPC nor protobuf: a host needs them first.
 */

/** The environment variable of the magic cookie (go-plugin protocol, section 5.8). */
export const cookieKey = "CONFIGMANAGER_PLUGIN";

/** The cookie's values, the one of v3.0.0 first; a host sends one, a plugin takes any (go-plugin protocol, section 5.8). */
export const cookieValues = ["hello", "configmanager-plugin-hello"] as const;

/** The only core protocol version there is (go-plugin protocol, section 2.1). */
export const coreProtocolVersion = 1;

/** The app protocol versions of this project, the better one first (plugin protocol 2, section 1). */
export const appProtocolVersions = [2, 1] as const;

/** The lowest port a plugin may listen on, unless the host says otherwise (go-plugin protocol, section 1.1). */
export const defaultMinPort = 10_000;

/** The highest port a plugin may listen on, unless the host says otherwise (go-plugin protocol, section 1.1). */
export const defaultMaxPort = 25_000;

/** go-plugin's own variables by what they hold (go-plugin protocol, section 1.1). */
export const pluginVariables = {
  minPort: "PLUGIN_MIN_PORT",
  maxPort: "PLUGIN_MAX_PORT",
  protocolVersions: "PLUGIN_PROTOCOL_VERSIONS",
  clientCertificate: "PLUGIN_CLIENT_CERT",
  multiplex: "PLUGIN_MULTIPLEX_GRPC",
  socketGroup: "PLUGIN_UNIX_SOCKET_GROUP",
  socketDir: "PLUGIN_UNIX_SOCKET_DIR",
} as const;

/** Every variable that go-plugin gives a meaning to: none may leak from a host's own environment into a plugin's. */
export const pluginVariableNames: readonly string[] = Object.values(pluginVariables);

/**
 * The longest path of a unix socket, in bytes, that every system takes: macOS has room for 104 with the closing NUL.
 * Node cuts a longer one off silently (go-plugin protocol, section 12.1 row 15), so it is checked before.
 */
export const maxSocketPathBytes = 103;

/**
 * The trailer with the hint of an error, UTF-8, of the calls of app protocol 2 that end with a status: this project's own,
 * which others may leave out.
 */
export const hintTrailer = "configmanager-hint-bin";
