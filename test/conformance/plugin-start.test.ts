import { once } from "node:events";
import { chmod, mkdir, readFile, stat } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { buildTestPlugins, type TestPlugins } from "../helpers/build-once.ts";
import { useRawHost } from "./raw-host.ts";

let plugins: TestPlugins;
beforeAll(async () => {
  plugins = await buildTestPlugins();
});
const host = useRawHost();

describe("the cookie", () => {
  it.each([
    ["unset", undefined],
    ["wrong", "hello?"],
    ["empty", ""],
  ])("P1 cookie %s: text on stderr, exit code 1, nothing on stdout, no socket", async (_name, cookie) => {
    const began = performance.now();
    const plugin = host.launch({ file: plugins.file("env"), env: { CONFIGMANAGER_PLUGIN: cookie } });
    expect(await plugin.exited).toEqual({ code: 1, signal: null });
    expect(performance.now() - began).toBeLessThan(1000);
    expect(plugin.stdout).toBe("");
    expect(plugin.stderr).toMatch(/^This binary is a plugin\..*\n/);
    expect(plugin.stderr).toContain("ENV store plugin 0.1.0: environment variables");
    expect(plugin.stderr).toContain("ENV://<NAME>");
  });

  it.each(["hello", "configmanager-plugin-hello"])("P1 cookie %s is taken", async (cookie) => {
    const plugin = host.launch({ file: plugins.file("env"), env: { CONFIGMANAGER_PLUGIN: cookie } });
    expect((await plugin.handshake()).appVersion).toBe("1");
  });

  it("P2 without the cookie nothing of the store is looked at or set up", async () => {
    const plugin = host.launch({
      file: plugins.file("probe"),
      env: { CONFIGMANAGER_PLUGIN: undefined, PROBE_STORE: "unfinished" },
    });
    expect(await plugin.exited).toEqual({ code: 1, signal: null });
    expect(plugin.stderr).toMatch(/^This binary is a plugin\./);
    expect(plugin.stderr).not.toContain("setting up");
    expect(plugin.stderr).not.toContain("neither");
  });
});

describe("the handshake", () => {
  it("P3 is the first and only thing on stdout, ended by a line feed", async () => {
    const plugin = host.launch({ file: plugins.file("probe") });
    await plugin.handshake();
    plugin.child.kill("SIGTERM");
    await plugin.exited;
    expect(plugin.stdout).toMatch(/^1\|1\|unix\|[^|\n]+\|grpc\n$/);
  });

  it.each(["true", "1", "false", "maybe"])(
    "P5 has the seventh field false when PLUGIN_MULTIPLEX_GRPC is %s",
    async (asked) => {
      const plugin = host.launch({ file: plugins.file("env"), env: { PLUGIN_MULTIPLEX_GRPC: asked } });
      expect((await plugin.handshake()).fields.slice(5)).toEqual(["", "false"]);
    },
  );

  it("P5 has no seventh field when PLUGIN_MULTIPLEX_GRPC is empty", async () => {
    const plugin = host.launch({ file: plugins.file("env"), env: { PLUGIN_MULTIPLEX_GRPC: "" } });
    expect((await plugin.handshake()).fields).toHaveLength(5);
  });

  it.each([
    ["1,2", "2"],
    ["2,1", "2"],
    ["2", "2"],
    ["1", "1"],
    ["1,2,3", "2"],
    ["7", "1"],
    ["", "1"],
    [undefined, "1"],
  ])("P7 of the versions %j it chooses %s", async (versions, expected) => {
    const plugin = host.launch({ file: plugins.file("env"), env: { PLUGIN_PROTOCOL_VERSIONS: versions } });
    expect((await plugin.handshake()).appVersion).toBe(expected);
  });

  it.each([
    ["x,2", "2", ["x"]],
    ["1, 2", "1", [" 2"]],
    ["2,,", "2", [""]],
    ["-1,2.0,1e1,1", "1", ["2.0", "1e1"]],
  ])("P8 junk in the versions %j is skipped and named on stderr", async (versions, expected, junk) => {
    const plugin = host.launch({ file: plugins.file("env"), env: { PLUGIN_PROTOCOL_VERSIONS: versions } });
    expect((await plugin.handshake()).appVersion).toBe(expected);
    plugin.child.kill("SIGTERM");
    await plugin.exited;
    for (const text of junk) expect(plugin.stderr).toContain(JSON.stringify(text));
  });

  it("P33 does not come when the application fails before it", async () => {
    const plugin = host.launch({ file: plugins.file("probe"), env: { PROBE_STORE: "throws" } });
    expect((await plugin.exited).code).toBe(1);
    expect(plugin.stdout).toBe("");
    expect(plugin.stderr).toContain("the application cannot start");
  });

  it("P33 does not come for a store that its author has not finished", async () => {
    const plugin = host.launch({ file: plugins.file("probe"), env: { PROBE_STORE: "unfinished" } });
    expect(await plugin.exited).toEqual({ code: 1, signal: null });
    expect(plugin.stdout).toBe("");
    expect(plugin.stderr).toBe(
      '[ERROR] the plugin cannot start: a store has either value() or values(), "PROBE" has neither\n',
    );
  });

  it("P38 comes within 300 ms of the start, and does not wait for setUp()", async () => {
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const began = performance.now();
      await host.launch({ file: plugins.file("probe"), env: { PROBE_SET_UP: "slow" } }).handshake();
      times.push(performance.now() - began);
    }
    // The best of them is that of a machine that does nothing else.
    expect(Math.min(...times)).toBeLessThan(300);
  });
});

describe("the listener", () => {
  it("P9 makes its socket in PLUGIN_UNIX_SOCKET_DIR", async () => {
    const folder = path.join(host.tempDir(), "sockets");
    await mkdir(folder);
    const plugin = host.launch({ file: plugins.file("env"), env: { PLUGIN_UNIX_SOCKET_DIR: folder } });
    const { address } = await plugin.handshake();
    expect(path.dirname(address)).toBe(folder);
    expect(path.basename(address)).toMatch(/^plugin[0-9]+$/);
  });

  it("P9 makes its socket in the temporary folder otherwise, each process its own", async () => {
    const launched = [1, 2, 3].map(() =>
      host.launch({ file: plugins.file("env"), env: { PLUGIN_UNIX_SOCKET_DIR: "" } }),
    );
    const addresses = await Promise.all(launched.map(async (plugin) => (await plugin.handshake()).address));
    expect(new Set(addresses).size).toBe(3);
    for (const address of addresses) expect(address).toMatch(new RegExp(`^${host.tempDir()}/plugin[0-9]+$`));
  });

  it("P10 a path that is too long for a socket is an error on stderr", async () => {
    const folder = path.join(host.tempDir(), "d".repeat(100));
    await mkdir(folder);
    const plugin = host.launch({ file: plugins.file("env"), env: { PLUGIN_UNIX_SOCKET_DIR: folder } });
    expect(await plugin.exited).toEqual({ code: 1, signal: null });
    expect(plugin.stdout).toBe("");
    expect(plugin.stderr).toMatch(
      /^\[ERROR\] the plugin cannot start: the socket's path ".*" has [0-9]+ bytes, more than the 103/,
    );
  });

  it("P10 a folder that is not there is an error on stderr", async () => {
    const plugin = host.launch({
      file: plugins.file("env"),
      env: { PLUGIN_UNIX_SOCKET_DIR: `${host.tempDir()}/none` },
    });
    expect((await plugin.exited).code).toBe(1);
    expect(plugin.stdout).toBe("");
    expect(plugin.stderr).toContain("cannot listen on");
  });

  it.skipIf(process.platform === "win32")(
    "P11 the socket is given to the group, named or by id, with mode 0660",
    async () => {
      const groups = (await readFile("/etc/group", "utf8")).split("\n").map((line) => line.split(":"));
      // Root may choose any group, others only their own.
      const wanted =
        process.getuid?.() === 0
          ? groups.find(([, , id]) => id !== "0")
          : groups.find(([, , id]) => Number(id) === process.getgid?.());
      const [name, , id] = wanted!;
      await chmod(host.tempDir(), 0o755);
      for (const group of [name!, id!]) {
        const plugin = host.launch({ file: plugins.file("env"), env: { PLUGIN_UNIX_SOCKET_GROUP: group } });
        const stats = await stat((await plugin.handshake()).address);
        expect([stats.gid, stats.mode & 0o777]).toEqual([Number(id), 0o660]);
      }
    },
  );

  it("P11 a group that is not known is an error, and no socket is left", async () => {
    const plugin = host.launch({ file: plugins.file("env"), env: { PLUGIN_UNIX_SOCKET_GROUP: "no-such-group" } });
    expect((await plugin.exited).code).toBe(1);
    expect(plugin.stdout).toBe("");
    expect(plugin.stderr).toContain(
      'cannot be given to the group "no-such-group" (group "no-such-group" is not known)',
    );
  });

  it("P12 on TCP it listens on 127.0.0.1 within the ports given", async () => {
    const env = { PROBE_NETWORK: "tcp", PLUGIN_MIN_PORT: "41000", PLUGIN_MAX_PORT: "41005" };
    const launched = [1, 2, 3].map(() => host.launch({ file: plugins.file("probe"), env }));
    const lines = await Promise.all(launched.map((plugin) => plugin.handshake()));
    const ports = lines.map(({ address }) => Number(/^127\.0\.0\.1:([0-9]+)$/.exec(address)?.[1]));
    expect(new Set(ports).size).toBe(3);
    for (const port of ports) expect(port >= 41_000 && port <= 41_005).toBe(true);
    expect(lines.map(({ network }) => network)).toEqual(["tcp", "tcp", "tcp"]);
  });

  it("P12 on TCP the system chooses the port when none are given", async () => {
    const { address } = await host.launch({ file: plugins.file("probe"), env: { PROBE_NETWORK: "tcp" } }).handshake();
    expect(address).toMatch(/^127\.0\.0\.1:[1-9][0-9]*$/);
  });

  it.each([
    ["40010", "40001", 'PLUGIN_MIN_PORT is "40010" and so above PLUGIN_MAX_PORT, "40001"'],
    ["many", "40001", 'PLUGIN_MIN_PORT is not a port: "many"'],
  ])("P12 on TCP the ports %s to %s are an error", async (min, max, message) => {
    const env = { PROBE_NETWORK: "tcp", PLUGIN_MIN_PORT: min, PLUGIN_MAX_PORT: max };
    const plugin = host.launch({ file: plugins.file("probe"), env });
    expect((await plugin.exited).code).toBe(1);
    expect(plugin.stderr).toContain(message);
  });

  it("P12 on TCP a range without a free port is an error", async () => {
    const occupant = createServer().listen(0, "127.0.0.1");
    await once(occupant, "listening");
    const port = String((occupant.address() as { port: number }).port);
    const plugin = host.launch({
      file: plugins.file("probe"),
      env: { PROBE_NETWORK: "tcp", PLUGIN_MIN_PORT: port, PLUGIN_MAX_PORT: port },
    });
    expect((await plugin.exited).code).toBe(1);
    expect(plugin.stdout).toBe("");
    expect(plugin.stderr).toContain(`cannot listen on "127.0.0.1:${port}"`);
    occupant.close();
  });
});
