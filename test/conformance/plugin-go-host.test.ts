import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildTestPlugins, type TestPlugins } from "../helpers/build-once.ts";
import { root } from "../helpers/source-files.ts";
import { buildGoBinaries } from "./build-go.ts";

const run = promisify(execFile);
const go = await buildGoBinaries(path.join(root, "test", ".build", "go"));
if (go === undefined) {
  if (process.env["CI"] !== undefined) throw new Error("there is no Go, which these tests need");
  process.stderr.write("SKIPPED: no Go on PATH, so that our plugins are not run under the real go-plugin host\n");
}

let plugins: TestPlugins;
let tempDir = "";
beforeAll(async () => {
  plugins = await buildTestPlugins();
});
beforeEach(async () => {
  tempDir = await mkdtemp(path.join(tmpdir(), "cm-"));
});
afterEach(async () => {
  const left = (await readdir(tempDir)).filter((name) => name.startsWith("plugin"));
  await rm(tempDir, { recursive: true });
  expect(left).toEqual([]);
});

type Line = Readonly<Record<string, unknown>>;

/** Runs the Go host with a plugin and returns the lines of its report. */
async function goHost(
  plugin: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<readonly Line[]> {
  const { stdout } = await run(go!.host, ["-plugin", plugins.file(plugin), ...args], {
    env: { ...process.env, TMPDIR: tempDir, ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

describe.skipIf(go === undefined)("a plugin under the real Go host", () => {
  it.each([
    ["plain", "unix", []],
    ["plain", "tcp", []],
    ["AutoMTLS", "unix", ["-mtls"]],
    ["AutoMTLS", "tcp", ["-mtls"]],
  ])("P34 answers over %s %s: Client, Ping, Dispense, Value, Kill", async (_tls, network, flags) => {
    const env = network === "tcp" ? { PROBE_NETWORK: "tcp" } : {};
    const tokens = [
      "-token",
      "echo/hello",
      "-token",
      "missing/a",
      "-token",
      'metadata={"version":"3"}',
      "-token",
      "metadata=region=eu",
    ];
    const lines = await goHost("probe", [...flags, "-ping", "-broker", ...tokens], env);
    expect(lines).toMatchObject([
      { ping: true },
      { brokerId: 1 },
      { token: "echo/hello", value: "hello" },
      { token: "missing/a", error: '"a" was not found', code: "NotFound" },
      { token: "metadata", value: '{"Version":"3"}' },
      { token: "metadata", value: '{"region":"eu"}' },
      { exitCode: 0, version: 1, protocol: "grpc", network },
    ]);
  });

  it('P34 the plugin "empty" answers as v3\'s does', async () => {
    const lines = await goHost("empty", ["-token", "err", "-token", "a/b", "-token", 'a/b={"k":"v"}']);
    expect(lines).toMatchObject([
      { token: "err", error: "token store implementation simulated error", code: "Unknown" },
      { token: "a/b", value: "a/b->" },
      { token: "a/b", value: 'a/b->{"k":"v"}' },
      { exitCode: 0 },
    ]);
  });

  it("P34 takes the other cookie, and refuses a third with the message that Go hosts know", async () => {
    const lines = await goHost("empty", ["-cookie", "configmanager-plugin-hello", "-token", "a"]);
    expect(lines[0]).toMatchObject({ value: "a->" });
    const refused = await goHost("empty", ["-cookie", "other"]).catch(
      (error: unknown) => error as { stdout: string; stderr: string },
    );
    expect(refused).toMatchObject({
      stdout: expect.stringContaining("startError") as string,
      stderr: expect.stringMatching(/^This binary is a plugin\./) as string,
    });
  });

  it("P35 Kill finishes within 200 ms on an idle plugin", async () => {
    const times: number[] = [];
    for (let round = 0; round < 3; round++) {
      const lines = await goHost("env", ["-ping"]);
      expect(lines.at(-1)).toMatchObject({ exitCode: 0 });
      times.push(lines.at(-1)!["killMs"] as number);
    }
    expect(Math.min(...times)).toBeLessThan(200);
  });

  it("P37 serves many calls at once", async () => {
    const tokens = Array.from({ length: 100 }, (_, index) => ["-token", `echo/${index}`]).flat();
    const lines = await goHost("probe", ["-concurrent", ...tokens]);
    expect(lines.slice(0, 100).map((line) => line["value"])).toEqual(
      Array.from({ length: 100 }, (_, index) => String(index)),
    );
  });

  it("P20 what it prints reaches Go's stdio stream", async () => {
    const lines = await goHost("probe", ["-token", "print/1000000", "-token", "echo/a", "-await-stdout", "200000"]);
    expect(lines.at(-1)!["stdoutBytes"]).toBeGreaterThan(200_000);
  });

  it("P30 answers with 6 MiB", async () => {
    const lines = await goHost("probe", ["-token", "large/6291456"]);
    expect((lines[0]!["value"] as string).length).toBe(6_291_456);
  });

  it("P31 Go reads its log records with their levels", async () => {
    const { stderr } = await run(
      go!.host,
      ["-plugin", plugins.file("probe"), "-log", "-token", "log/10", "-token", "echo/a"],
      {
        env: { ...process.env, TMPDIR: tempDir },
      },
    );
    const records = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Line);
    const levelOf = (message: string): unknown => records.find((record) => record["@message"] === message)?.["@level"];
    expect(["from trace", "from debug", "line one\nline two", "from warn", "from error"].map(levelOf)).toEqual([
      "trace",
      "debug",
      "info",
      "warn",
      "error",
    ]);
  });
});
