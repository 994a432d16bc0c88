import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, it, vi } from "vitest";
import { createCertificate } from "../../internal/goplugin/certificate.ts";
import { buildTestPlugins } from "../../test/helpers/build-once.ts";
import { processesMentioning, untilGone } from "../../test/helpers/processes.ts";
import { type ProgramResult, runProgram, temporaryFolder } from "../../test/helpers/run-program.ts";
import { badPlugin, type Script, writeExecutable } from "../../test/helpers/scripted-plugin.ts";

/** `plugin test`, with an environment by which everything that it launches can be found again. */
async function pluginTest(
  file: string,
  argv: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<ProgramResult> {
  const mark = `plugin-test-${crypto.randomUUID()}`;
  const { PATH = "" } = process.env;
  // Of its own: others make sockets in the one that all have.
  const folder = await temporaryFolder();
  vi.stubEnv("TMPDIR", folder);
  const result = await runProgram(["--plugin-start-timeout", "2s", "plugin", "test", file, ...argv], {
    cwd: folder,
    env: { PATH, MARK: mark, TMPDIR: folder, ...env },
  });
  vi.unstubAllEnvs();
  await untilGone(() => processesMentioning(mark));
  expect(readdirSync(folder)).toEqual([]);
  return result;
}

/** The ids of each outcome. */
function idsOf({ stdout }: ProgramResult): Record<string, string[]> {
  const { results } = JSON.parse(stdout) as { results: { id: string; outcome: string }[] };
  const ids: Record<string, string[]> = {};
  for (const { id, outcome } of results) (ids[outcome] ??= []).push(id);
  return ids;
}

describe.skipIf(process.platform === "win32")("a plugin that does not start", () => {
  it.each([
    { name: "no-line", failed: ["P3", "P1"], seen: "nothing on stdout within 2000 ms, still running" },
    { name: "two-lines", failed: ["P3", "P1"], seen: '"Welcome to the plugin"' },
    { name: "no-newline", failed: ["P3", "P1"], seen: '"1|1|unix|/nowhere/plugin1|grpc|" without a line feed' },
    { name: "huge-line", failed: ["P3", "P1"], seen: "goes on beyond 64 KiB" },
    { name: "closes-stdout", failed: ["P3", "P1"], seen: "nothing on stdout before it was closed, still running" },
    { name: "floods-stderr", failed: ["P3", "P1"], seen: "still running; on stderr:" },
    { name: "exits-early", failed: ["P3", "P1"], seen: 'exit code 3; on stderr: "simulated: no credentials"' },
    { name: "forks-grandchild", failed: ["P3", "P1"], seen: "exit code 4; on stderr:" },
    { name: "wrong-cookie", failed: ["P1c"], seen: "it refuses both, exit code 1; on stderr:" },
  ])(
    "$name fails $failed, in bounded time, and nothing is left of it",
    async ({ name, failed, seen }) => {
      const began = performance.now();
      const result = await pluginTest(badPlugin(name), ["--json"]);
      expect(performance.now() - began).toBeLessThan(20_000);
      expect([result.exitCode, idsOf(result)["failed"]]).toEqual([5, failed]);
      expect(result.stdout.replaceAll('\\"', '"')).toContain(seen);
      expect(result.stderr).toContain(`error CM_PLUGIN_NONCONFORMING: the plugin "${badPlugin(name)}" fails`);
    },
    30_000,
  );
});

interface Sin {
  readonly name: string;
  readonly script: Script;
  readonly only: string;
  readonly failed?: readonly string[];
  readonly advice?: readonly string[];
  readonly argv?: readonly string[];
}

describe.skipIf(process.platform === "win32")("a plugin that starts, and", () => {
  it.each<Sin>([
    { name: "prints three fields", script: { line: "1|{version}|unix" }, only: "P3,P4", failed: ["P3"] },
    { name: "is of another core", script: { line: "2|1|unix|{address}|grpc" }, only: "P4", failed: ["P4"] },
    { name: "speaks net/rpc", script: { line: "1|1|unix|{address}" }, only: "P4", failed: ["P4"] },
    { name: "prints a seventh field", script: { line: "1|1|unix|{address}|grpc||true" }, only: "P5", failed: ["P5"] },
    { name: "listens nowhere", script: { line: "1|1|unix|/nowhere|grpc" }, only: "P6", failed: ["P6"] },
    { name: "speaks version 7", script: { line: "1|7|unix|{address}|grpc" }, only: "P7", failed: ["P7"] },
    { name: "chooses its folder", script: { socketDir: "/tmp" }, only: "P9", failed: ["P9"], advice: ["P9b"] },
    {
      name: "is on every address",
      script: { line: "1|1|tcp|0.0.0.0:9|grpc" },
      only: "P12",
      failed: ["P12"],
      advice: ["P12b"],
    },
    { name: "has no health", script: { without: ["health"] }, only: "P17", advice: ["P17"] },
    { name: "hangs in Shutdown", script: { shutdown: "hang" }, only: "P18", failed: ["P18"] },
    { name: "has no controller", script: { without: ["controller"] }, only: "P18", failed: ["P18"] },
    { name: "exits late", script: { shutdown: { exitAfterMs: 900 } }, only: "P35", advice: ["P35"] },
    { name: "leaves a grandchild with its pipes", script: { grandchild: true }, only: "P36", failed: ["P36"] },
    { name: "ignores SIGTERM", script: { ignoreSigterm: true }, only: "P23b", failed: ["P23b"] },
    { name: "has no AutoMTLS", script: {}, only: "P13,P14", advice: ["P13"] },
    { name: "outlives its host", script: {}, only: "P24", advice: ["P24"] },
    { name: "prints on", script: { after: { lines: 1, lineBytes: 20 } }, only: "P32", failed: ["P32"] },
    { name: "has no store", script: { without: ["store"] }, only: "V1", failed: ["V1"] },
    {
      name: "has a value for everything",
      script: {},
      only: "V4,V5",
      argv: ["--missing", "a/b"],
      failed: ["V4"],
    },
    {
      name: "answers UNKNOWN for what is missing",
      script: {},
      only: "V4,V5",
      argv: ["--missing", "code/2"],
      advice: ["V5"],
    },
    { name: "dies of a call", script: {}, only: "V2,V7", argv: ["--token", "exit/1"], failed: ["V2"] },
    { name: "answers twice", script: { version: 2, v2: { twice: true } }, only: "Q1", failed: ["Q1"] },
    { name: "answers what nobody asked", script: { version: 2, v2: { unknown: true } }, only: "Q2", failed: ["Q2"] },
    { name: "breaks its stream off", script: { version: 2, v2: { status: 13 } }, only: "Q1", failed: ["Q1"] },
    { name: "answers some", script: { version: 2 }, only: "Q5", argv: ["--token", "missing/a"], failed: ["Q5"] },
    { name: "says nothing of itself", script: { version: 2 }, only: "Q13,Q14", failed: ["Q13"], advice: ["Q14"] },
    { name: "takes any option", script: { version: 2 }, only: "Q16", failed: ["Q16"] },
  ])(
    "$name fails $only",
    async ({ script, only, failed = [], advice = [], argv = [] }) => {
      const env = { SCRIPT: JSON.stringify(script) };
      const result = await pluginTest(badPlugin("scripted.cjs"), ["--json", "--only", only, ...argv], env);
      const { failed: hasFailed = [], advice: hasAdvice = [] } = idsOf(result);
      expect([hasFailed, hasAdvice]).toEqual([failed, advice]);
      expect(result.exitCode).toBe(failed.length > 0 ? 5 : 0);
    },
    30_000,
  );

  it("shows another certificate than it prints fails P14", async () => {
    const [printed, served] = await Promise.all([createCertificate(), createCertificate()]);
    const tls = {
      certificatePem: printed.certificatePem,
      keyPem: served.keyPem,
      servedPem: served.certificatePem,
    };
    const env = { SCRIPT: JSON.stringify({ tls }) };
    const result = await pluginTest(badPlugin("scripted.cjs"), ["--json", "--only", "P13,P14"], env);
    expect(idsOf(result)["failed"]).toContain("P14");
  });
});

describe("the report", () => {
  it("has a line for each assertion, and its summary", async () => {
    const { exitCode, stdout, stderr } = await pluginTest(badPlugin("scripted.cjs"), ["--only", "P3,p12,P13"]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(
      [
        "ok      P3   the first line on stdout is a handshake line, and ends with a line feed",
        "skipped P12, P12b: it listens on unix",
        "advice  P13  with PLUGIN_CLIENT_CERT it prints its certificate in the sixth field",
        "             expected: a certificate",
        "             seen:     none",
        "             fix:      make a certificate for localhost at the start and serve TLS with it: hosts on",
        "                       Windows, and with --mtls always, insist on it",
        "skipped P13b: it has no AutoMTLS (P13)",
        "",
        "1 passed, 0 failed, 3 skipped, 1 with advice",
        "",
      ].join("\n"),
    );
  });

  it("lets advice fail with --strict", async () => {
    const { exitCode } = await pluginTest(badPlugin("scripted.cjs"), ["--only", "P13", "--strict"]);
    expect(exitCode).toBe(5);
  });

  it("says which path an assertion needs, and shows no value", async () => {
    const scripted = badPlugin("scripted.cjs");
    const without = await pluginTest(scripted, ["--only", "V2,V4"]);
    expect(without.stdout).toContain("skipped V2: needs --token PATH, one that has a value\n");
    expect(without.stdout).toContain("skipped V4: needs --missing PATH, one that has no value\n");
    const argv = ["--token", "a/b", "--metadata", "k=v", "--json"];
    const result = await pluginTest(scripted, [...argv, "--only", "V1,V2,V3,P27"]);
    expect(idsOf(result)).toEqual({ ok: ["V1", "V2", "V3", "P27"] });
    expect(result.shown).not.toContain("a/b->");
  });

  it("shows what a plugin says with its control characters escaped", async () => {
    const folder = await temporaryFolder();
    const file = writeExecutable(folder, "plugin", "#!/bin/sh\nprintf '\\033[31m::error::red\\n'\nexec sleep 60\n");
    const { stdout } = await pluginTest(file, ["--only", "P3"]);
    expect(stdout).toContain('seen:     "\\x1b[31m::error::red"\n');
  });

  it("gives the plugin the variables of --env", async () => {
    const script = JSON.stringify({ line: "1|7|unix|{address}|grpc" });
    const { exitCode } = await pluginTest(badPlugin("scripted.cjs"), ["--only", "P4", "--env", `SCRIPT=${script}`]);
    expect(exitCode).toBe(5);
  });
});

describe("what is tested", () => {
  it.each(["ENV", "env"])("may be the plugin of %s that a run finds", async (name) => {
    const { configmanagerDir } = await buildTestPlugins();
    const env = { CONFIGMANAGER_DIR: configmanagerDir };
    const result = await pluginTest(name, ["--json", "--only", "P3,V2", "--token", "PATH"], env);
    expect(result.exitCode).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ passed: 2, failed: 0 });
  });

  it.each([
    { argv: ["./no-such-file"], exitCode: 5, text: "error CM_PLUGIN_NOT_FOUND: there is no file" },
    { argv: ["nosuchplugin"], exitCode: 5, text: 'there is no plugin for "NOSUCHPLUGIN"' },
    { argv: [badPlugin("no-line"), "--only", "P99"], exitCode: 2, text: 'there is no assertion "P99"' },
    { argv: [badPlugin("no-line"), "--env", "secret"], exitCode: 2, text: '"--env" needs a name, "=" and a value' },
    { argv: [badPlugin("no-line"), "--metadata", "a=b"], exitCode: 2, text: '"--metadata" says nothing without' },
  ])("$argv ends with $exitCode", async ({ argv: [file, ...argv], exitCode, text }) => {
    const result = await pluginTest(file!, argv);
    expect([result.exitCode, result.stdout]).toEqual([exitCode, ""]);
    expect(result.stderr).toContain(text);
    expect(result.stderr).not.toContain("secret");
  });

  it("ends with its plugins when the run is interrupted", async () => {
    const abort = new AbortController();
    const running = runProgram(["plugin", "test", badPlugin("no-line")], {
      cwd: tmpdir(),
      env: { PATH: process.env["PATH"] ?? "", MARK: "plugin-test-interrupted" },
      signal: abort.signal,
    });
    while (processesMentioning("plugin-test-interrupted").length === 0) await new Promise(setImmediate);
    abort.abort(new Error("interrupted"));
    expect((await running).exitCode).not.toBe(0);
    await untilGone(() => processesMentioning("plugin-test-interrupted"));
  });
});
