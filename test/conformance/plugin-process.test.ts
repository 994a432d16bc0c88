import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { connect } from "node:net";
import { ChannelCredentials, Client } from "@grpc/grpc-js";
import { beforeAll, describe, expect, it } from "vitest";
import { createHclogReader, type PluginLogRecord } from "../../internal/log/hclog.ts";
import { buildTestPlugins, type TestPlugins } from "../helpers/build-once.ts";
import { askOne } from "../../authoring/plugin-test/raw-calls.ts";
import { type RawPlugin, waitForReady } from "../../authoring/plugin-test/raw-plugin.ts";
import { commandOf, isRunning, until, useRawHost } from "./raw-host.ts";

let plugins: TestPlugins;
beforeAll(async () => {
  plugins = await buildTestPlugins();
});
const host = useRawHost();

function launch(env: Record<string, string> = {}): RawPlugin {
  return host.launch({ file: plugins.file("probe"), env });
}

describe("signals", () => {
  it.skipIf(process.platform === "win32")("P23 SIGINT is ignored, once and again", async () => {
    const plugin = launch();
    const client = await plugin.connect();
    for (let count = 1; count <= 3; count++) {
      plugin.child.kill("SIGINT");
      await until(() => plugin.stderr.split("plugin received interrupt signal, ignoring").length > count);
    }
    expect(await askOne(client, "echo/still here")).toBe("still here");
  });

  it.skipIf(process.platform === "win32").each(["SIGTERM", "SIGHUP"] as const)(
    "P23 %s exits cleanly and removes the socket",
    async (signal) => {
      const plugin = launch();
      const { address } = await plugin.handshake();
      plugin.child.kill(signal);
      expect(await plugin.exited).toEqual({ code: 0, signal: null });
      expect(existsSync(address)).toBe(false);
    },
  );

  it("P23 the socket is gone also when the application ends the process", async () => {
    const plugin = launch();
    const client = await plugin.connect();
    const { address } = await plugin.handshake();
    const call = askOne(client, "die").catch(() => {});
    expect((await plugin.exited).code).toBe(3);
    await call;
    expect(existsSync(address)).toBe(false);
  });
});

// A parent that launches the plugin, passes its handshake on, and can be killed.
const parentScript = `
  const child = require("node:child_process").spawn(process.argv[1], process.argv.slice(2), { stdio: ["ignore", "pipe", "ignore"] });
  child.stdout.on("data", (line) => process.stdout.write(child.pid + "|" + line));
`;

interface Orphan {
  readonly processId: number;
  readonly address: string;
}

async function orphan(env: Record<string, string> = {}): Promise<Orphan> {
  const whole = { ...process.env, TMPDIR: host.tempDir(), CONFIGMANAGER_PLUGIN: "hello", ...env };
  const parent = spawn(process.execPath, ["-e", parentScript, ...commandOf(plugins.file("probe"))], {
    env: whole,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const [processId, , , , address] = line.toString().split("|");
  parent.kill("SIGKILL");
  await once(parent, "exit");
  return { processId: Number(processId), address: address! };
}

describe.skipIf(process.platform === "win32")("a plugin whose host was killed", () => {
  it("P24 exits within five seconds and removes its socket", async () => {
    const { processId, address } = await orphan();
    const began = performance.now();
    const socket = connect(address);
    await once(socket, "connect");
    await once(socket.resume(), "close");
    await until(() => !existsSync(address));
    await until(async () => !(await isRunning(processId)));
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it("P24 exits when there is nobody to read its handshake, and leaves no socket", async () => {
    const plugin = launch();
    plugin.child.stdout.destroy();
    expect(await plugin.exited).toEqual({ code: 1, signal: null });
    expect(plugin.stderr).toMatch(/^\[ERROR\] the plugin cannot start: .*EPIPE/m);
  });

  it("P24 goes on when its author has said so", async () => {
    const { processId, address } = await orphan({ PROBE_KEEP_RUNNING: "1" });
    const client = new Client(`unix:${address}`, ChannelCredentials.createInsecure());
    await waitForReady(client);
    await askOne(client, "echo/first");
    // One that was orphaned later and does watch is gone by now: so would this one be.
    const watching = await orphan();
    await until(async () => !(await isRunning(watching.processId)));
    expect(await askOne(client, "echo/still here")).toBe("still here");
    client.close();
    process.kill(processId, "SIGTERM");
    await until(() => !existsSync(address));
  });
});

describe("output", () => {
  it("P25 a closed stderr and stdout do not end a request in flight", async () => {
    const plugin = launch();
    const client = await plugin.connect();
    const waiting = askOne(client, "together/2");
    plugin.child.stdout.destroy();
    plugin.child.stderr.destroy();
    for (let round = 0; round < 20; round++) await askOne(client, "log/10");
    await askOne(client, "print/100");
    await askOne(client, "complain/100");
    expect(await askOne(client, "together/2")).toBe("met");
    expect(await waiting).toBe("met");
  });

  it("P31 log records are one line each, below 64 KiB, with six-digit times and string @ keys", async () => {
    const plugin = launch();
    const client = await plugin.connect();
    await askOne(client, "log/200000");
    plugin.child.kill("SIGTERM");
    await plugin.exited;

    const lines = plugin.stderr.trimEnd().split("\n");
    for (const line of lines) {
      expect(Buffer.byteLength(line)).toBeLessThan(65_536);
      const record = JSON.parse(line) as Record<string, unknown>;
      expect(record["@timestamp"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/);
      expect(["trace", "debug", "info", "warn", "error"]).toContain(record["@level"]);
      for (const [key, value] of Object.entries(record)) if (key.startsWith("@")) expect(typeof value).toBe("string");
    }
    const records: PluginLogRecord[] = [];
    const reader = createHclogReader((record) => records.push(record));
    reader.write(Buffer.from(plugin.stderr));
    reader.end();
    expect(records.map(({ level, message }) => [level, message])).toEqual([
      ["info", "setting up"],
      ["trace", "from trace"],
      ["debug", "from debug"],
      ["info", "line one\nline two"],
      ["warn", "from warn"],
      ["error", "from error"],
    ]);
    expect(records[4]?.fields).toMatchObject({ count: 3, flag: true });
  });

  it.runIf(process.platform === "linux")("P36 no child process inherits fd 1 and 2 of the plugin", async () => {
    const plugin = launch();
    const child = Number(await askOne(await plugin.connect(), "spawn"));
    const own = [1, 2].map((fd) => readlinkSync(`/proc/${plugin.child.pid}/fd/${fd}`));
    const inherited = readdirSync(`/proc/${child}/fd`).map((fd) => readlinkSync(`/proc/${child}/fd/${fd}`));
    process.kill(child, "SIGKILL");
    expect(inherited.length).toBeGreaterThan(0);
    expect(inherited.filter((target) => own.includes(target))).toEqual([]);
  });

  it("hands the handshake's variables on to nobody", async () => {
    const plugin = launch({ PLUGIN_MIN_PORT: "10000", OTHER: "kept" });
    const client = await plugin.connect();
    expect(await askOne(client, "env/OTHER")).toBe("kept");
    for (const name of ["CONFIGMANAGER_PLUGIN", "PLUGIN_MIN_PORT"]) {
      await expect(askOne(client, `env/${name}`)).rejects.toThrow("was not found");
      await expect(askOne(client, `process-env/${name}`)).rejects.toThrow("was not found");
    }
  });
});
