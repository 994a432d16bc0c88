import { describe, expect, it } from "vitest";
import { chooseAppVersion, createHandshakeEnv, readHandshakeEnv, withoutPluginVariables } from "./handshake-env.ts";

describe("createHandshakeEnv", () => {
  it("sets cookie, ports and versions without a blank", () => {
    expect(createHandshakeEnv({ cookieValue: "hello", appVersions: [2, 1] })).toEqual({
      CONFIGMANAGER_PLUGIN: "hello",
      PLUGIN_MIN_PORT: "10000",
      PLUGIN_MAX_PORT: "25000",
      PLUGIN_PROTOCOL_VERSIONS: "2,1",
    });
  });

  it("adds the socket folder and the certificate when there are any", () => {
    const env = createHandshakeEnv({
      cookieValue: "x",
      appVersions: [1],
      socketDir: "/run/a",
      clientCertificatePem: "A\nB\n",
    });
    expect(env).toMatchObject({ PLUGIN_UNIX_SOCKET_DIR: "/run/a", PLUGIN_CLIENT_CERT: "A\nB\n" });
  });

  it("is read back by a plugin", () => {
    const env = createHandshakeEnv({
      cookieValue: "hello",
      appVersions: [2, 1],
      socketDir: "/s",
      clientCertificatePem: "P",
    });
    expect(readHandshakeEnv(env)).toEqual({
      cookieMatches: true,
      cookiePresent: true,
      hostAppVersions: [2, 1],
      junkVersions: [],
      minPort: 10_000,
      maxPort: 25_000,
      multiplexAsked: false,
      socketDir: "/s",
      clientCertificatePem: "P",
    });
  });
});

describe("withoutPluginVariables", () => {
  it("takes away every variable of go-plugin and nothing else", () => {
    const leaked = {
      PLUGIN_MIN_PORT: "1",
      PLUGIN_MAX_PORT: "2",
      PLUGIN_PROTOCOL_VERSIONS: "3",
      PLUGIN_CLIENT_CERT: "4",
      PLUGIN_MULTIPLEX_GRPC: "true",
      PLUGIN_UNIX_SOCKET_GROUP: "6",
      PLUGIN_UNIX_SOCKET_DIR: "7",
      Plugin_Client_Cert: "8",
    };
    const kept = { PATH: "/bin", PLUGIN_OTHER: "x", EMPTY: "" };
    expect(withoutPluginVariables({ ...leaked, ...kept, UNSET: undefined })).toEqual(kept);
  });

  it("keeps a variable named __proto__ a variable", () => {
    const env = Object.fromEntries([["__proto__", "x"]]);
    expect(Object.entries(withoutPluginVariables(env))).toEqual([["__proto__", "x"]]);
  });
});

describe("readHandshakeEnv", () => {
  it.each<{ name: string; env: Record<string, string>; expected: object }>([
    {
      name: "no host at all",
      env: {},
      expected: { cookieMatches: false, cookiePresent: false, hostAppVersions: [], minPort: 0, maxPort: 0 },
    },
    { name: "the cookie of v3.0.0", env: { CONFIGMANAGER_PLUGIN: "hello" }, expected: { cookieMatches: true } },
    {
      name: "the later cookie",
      env: { CONFIGMANAGER_PLUGIN: "configmanager-plugin-hello" },
      expected: { cookieMatches: true },
    },
    {
      name: "another cookie",
      env: { CONFIGMANAGER_PLUGIN: "Hello" },
      expected: { cookieMatches: false, cookiePresent: true },
    },
    {
      name: "an empty list of versions",
      env: { PLUGIN_PROTOCOL_VERSIONS: "" },
      expected: { hostAppVersions: [], junkVersions: [] },
    },
    {
      name: "junk among the versions",
      env: { PLUGIN_PROTOCOL_VERSIONS: "1, 2,,x,+3,04" },
      expected: { hostAppVersions: [1, 3, 4], junkVersions: [" 2", "", "x"] },
    },
    {
      name: "multiplexing, whatever it says",
      env: { PLUGIN_MULTIPLEX_GRPC: "false" },
      expected: { multiplexAsked: true },
    },
    { name: "an empty multiplexing", env: { PLUGIN_MULTIPLEX_GRPC: "" }, expected: { multiplexAsked: false } },
    { name: "a group", env: { PLUGIN_UNIX_SOCKET_GROUP: "1000" }, expected: { socketGroup: "1000" } },
    { name: "one port", env: { PLUGIN_MAX_PORT: "7" }, expected: { minPort: 0, maxPort: 7 } },
    {
      name: "ports the wrong way round",
      env: { PLUGIN_MIN_PORT: "9", PLUGIN_MAX_PORT: "7" },
      expected: { portProblem: 'PLUGIN_MIN_PORT is "9" and so above PLUGIN_MAX_PORT, "7"' },
    },
    {
      name: "a port of letters",
      env: { PLUGIN_MIN_PORT: "x" },
      expected: { portProblem: 'PLUGIN_MIN_PORT is not a port: "x"' },
    },
    {
      name: "a port that is too high",
      env: { PLUGIN_MAX_PORT: "65536" },
      expected: { portProblem: 'PLUGIN_MAX_PORT is not a port: "65536"' },
    },
  ])("reads $name", ({ env, expected }) => {
    expect(readHandshakeEnv(env)).toMatchObject(expected);
  });
});

describe("chooseAppVersion", () => {
  it.each([
    { name: "the highest common version", own: [1, 2], host: [1, 2, 3], expected: 2 },
    { name: "what a Go host of v3 speaks", own: [2, 1], host: [1], expected: 1 },
    { name: "the lowest own version when none is common", own: [2, 3], host: [1], expected: 2 },
    { name: "the lowest own version when the host sent none", own: [2, 1], host: [], expected: 1 },
  ])("takes $name", ({ own, host, expected }) => {
    expect(chooseAppVersion(own, host)).toBe(expected);
  });

  it("throws for a plugin without versions", () => {
    expect(() => chooseAppVersion([], [1])).toThrow("without app protocol versions");
  });
});
