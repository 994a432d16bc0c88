import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  watch,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { buildTestPlugins } from "../helpers/build-once.ts";
import { type Finished, run, start, workFolder } from "./program.ts";

const secret = "s3cr3t-value-of-a-store";

function write(cwd: string, files: Readonly<Record<string, string>>): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, file)), { recursive: true });
    writeFileSync(join(cwd, file), content);
  }
}

const read = (cwd: string, file: string): string => readFileSync(join(cwd, file), "utf8");
const isTemporary = (name: string): boolean => name.endsWith(".tmp");

/** A store TABLE that notes in `asked` what it was asked. */
async function withTable(cwd: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const path = (await buildTestPlugins()).file("table");
  const stores = { TABLE: { path, env: { TABLE_LOG: join(cwd, "asked") }, options: { values } } };
  write(cwd, { ".configmanager/config.yaml": JSON.stringify({ stores, trustPluginModes: true }) });
}

it.skipIf(process.platform !== "linux")("a folder that cannot be made ends the run, wherever it is", async () => {
  const cwd = workFolder();
  writeFileSync(join(cwd, "a.txt"), "text");
  const { exitCode, stderr } = await run(["render", "a.txt", "--out-dir", "/proc/nowhere"], { cwd });
  expect([exitCode, stderr]).toEqual([8, expect.stringContaining("CM_OUTPUT_UNWRITABLE") as string]);
});

describe("a run over many files", () => {
  it("keeps their structure and asks for each distinct value once", async () => {
    const cwd = workFolder();
    await withTable(cwd, { a: "A", b: "B" });
    write(cwd, {
      "deploy/one.yaml": "x: TABLE://a\n",
      "deploy/sub/two.yaml": "x: TABLE://b\ny: TABLE://a\n",
      "deploy/sub/deep/three.yaml": "x: TABLE://a\n",
      "deploy/other.txt": "TABLE://none",
    });
    const { exitCode, stderr } = await run(["fromstr", "-i", "deploy/**/*.yaml", "-p", "out/"], { cwd });
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(readdirSync(join(cwd, "out"), { recursive: true }).map(String).sort()).toEqual([
      "one.yaml",
      "sub",
      "sub/deep",
      "sub/deep/three.yaml",
      "sub/two.yaml",
    ]);
    expect(read(cwd, "out/sub/two.yaml")).toBe("x: B\ny: A\n");
    expect(read(cwd, "asked").trim().split("\n").sort()).toEqual(['[null,"a",{}]', '[null,"b",{}]']);
  });

  it("writes none of them when one has an error, and reports the errors of all in their order", async () => {
    const cwd = workFolder();
    await withTable(cwd, { a: secret, denied: { error: "denied" } });
    write(cwd, {
      "in/1": "TABLE://a",
      "in/2": "\n  TABLE://missing",
      "in/3": "TABLE://a TABLE://denied",
      "in/4": "TABLE://missing",
      "out/1": "old",
    });
    const { exitCode, stderr } = await run(["render", "in", "--out-dir", "out"], { cwd });
    expect(exitCode).toBe(6);
    expect(stderr.match(/--> .*/g)).toEqual(["--> in/2:2:3", "--> in/3:1:11", "--> in/4:1:1"]);
    expect(stderr).toMatch(/\n3 errors; nothing was written\n$/);
    expect(stderr).not.toContain(secret);
    expect([read(cwd, "out/1"), readdirSync(join(cwd, "out"))]).toEqual(["old", ["1"]]);
  });

  it("writes none of them when one cannot be written, and takes away the folders that it made", async () => {
    const cwd = workFolder();
    write(cwd, { "in/1": "new", "in/2": "new", "in/new/3": "new", "out/1": "old", "out/2/is": "a folder" });
    const { exitCode, stderr } = await run(["render", "in", "--out-dir", "out"], { cwd });
    expect(exitCode).toBe(8);
    expect(stderr).toContain('error CM_OUTPUT_UNWRITABLE: output "out/2" cannot be written: it is a folder\n');
    expect([read(cwd, "out/1"), readdirSync(join(cwd, "out")).sort()]).toEqual(["old", ["1", "2"]]);
  });

  it("rewrites files behind links in place, and keeps the old ones", async () => {
    const cwd = workFolder();
    write(cwd, { "real/app.env": "who=ENV://WHO\n", "other.env": "who=ENV://WHO\n" });
    symlinkSync("real/app.env", join(cwd, "link.env"));
    const argv = ["render", "link.env", "other.env", "--in-place", "--backup"];
    const { exitCode, stderr } = await run(argv, { cwd, env: { WHO: "me" } });
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect([read(cwd, "real/app.env"), read(cwd, "real/app.env.bak")]).toEqual(["who=me\n", "who=ENV://WHO\n"]);
    expect([read(cwd, "other.env"), read(cwd, "other.env.bak")]).toEqual(["who=me\n", "who=ENV://WHO\n"]);
    expect([lstatSync(join(cwd, "link.env")).isSymbolicLink(), existsSync(join(cwd, "link.env.bak"))]).toEqual([
      true,
      false,
    ]);
  });
});

// A FIFO among the outputs that nobody reads holds a run up between two renames, for as long as a test wants.
describe.skipIf(process.platform === "win32")("a run that is held up between two of its files", () => {
  async function heldUp(cwd: string): Promise<ReturnType<typeof start>> {
    write(cwd, { "in/a": "new a", "in/b": "new b", "in/c": "new c", "in/d": "new d", "out/a": "old", "out/c": "old" });
    execFileSync("mkfifo", [join(cwd, "out", "b")]);
    const running = start(["render", "in", "--out-dir", "out"], { cwd });
    await vi.waitFor(() => expect(read(cwd, "out/a")).toBe("new a"), { timeout: 20_000 });
    return running;
  }
  const temporaries = (cwd: string): string[] => readdirSync(join(cwd, "out")).filter(isTemporary);

  it.each([
    { signal: "SIGINT", exitCode: 130 },
    { signal: "SIGTERM", exitCode: 143 },
  ] as const)("says on $signal what it has replaced and what not", async ({ signal, exitCode }) => {
    const cwd = workFolder();
    const { child, finished } = await heldUp(cwd);
    child.kill(signal);
    const result = await finished;
    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr).toMatch(/^error CM_CANCELED: (interrupted|terminated by SIGTERM)\n/);
    expect(result.stderr).toContain(
      "  hint: run it again: 1 of 4 files were replaced, each of them whole\n" +
        '        replaced: "out/a"\n        not replaced: "out/b", "out/c", "out/d"\n',
    );
    expect([read(cwd, "out/a"), read(cwd, "out/c"), readdirSync(join(cwd, "out")).sort()]).toEqual([
      "new a",
      "old",
      ["a", "b", "c"],
    ]);
  });

  it("leaves what the next run removes when it is killed", async () => {
    const cwd = workFolder();
    const { child, finished } = await heldUp(cwd);
    child.kill("SIGKILL");
    await finished;
    expect(temporaries(cwd)).toHaveLength(2);
    expect([read(cwd, "out/a"), read(cwd, "out/c")]).toEqual(["new a", "old"]);
    await run(["render", "in/d", "--out-dir", "out"], { cwd });
    expect([read(cwd, "out/d"), temporaries(cwd)]).toEqual(["new d", []]);
  });

  it("keeps what it has staged while another run writes beside it", async () => {
    const cwd = workFolder();
    const { finished } = await heldUp(cwd);
    expect(await run(["render", "in/d", "--out-dir", "out"], { cwd })).toMatchObject({ exitCode: 0 });
    expect(temporaries(cwd)).toHaveLength(2);
    expect(read(cwd, "out/b")).toBe("new b");
    expect(await finished).toMatchObject({ exitCode: 0, stderr: "" });
    expect([read(cwd, "out/c"), temporaries(cwd)]).toEqual(["new c", []]);
  });
});

describe("a run that is killed at a moment of chance", () => {
  const lanes = 2;
  const kills = 100;
  const names = Array.from({ length: 50 }, (_, index) => `f${index}`);
  const contentOf = (name: string, version: number): string => `${name} version ${version}\n`.repeat(300);

  it(`has each file old or new, never half, ${lanes * kills} times, and the next run sweeps what it left`, async () => {
    const leftovers = await Promise.all(
      Array.from({ length: lanes }, (_, lane) => killAgainAndAgain(workFolder(), lane)),
    );
    // Else the moments were not those that matter.
    expect(Math.min(...leftovers)).toBeGreaterThan(0);
  }, 180_000);

  /** How many temporary files the killed runs have left. */
  async function killAgainAndAgain(cwd: string, lane: number): Promise<number> {
    const argv = ["render", "in", "--out-dir", "out"];
    const writeInputs = (version: number): void =>
      write(cwd, Object.fromEntries(names.map((name) => [`in/${name}`, contentOf(name, version)])));
    writeInputs(0);
    const began = performance.now();
    expect(await run(argv, { cwd })).toMatchObject({ exitCode: 0 });
    const wholeMs = performance.now() - began;
    let leftovers = 0;
    for (let version = 1; version <= kills; version++) {
      const before = new Map(names.map((name) => [name, read(cwd, `out/${name}`)]));
      writeInputs(version);
      await killedRun(argv, cwd, version % 4 === lane ? Math.random() * wholeMs : undefined);
      for (const name of names)
        expect([before.get(name), contentOf(name, version)]).toContain(read(cwd, `out/${name}`));
      leftovers += readdirSync(join(cwd, "out")).filter(isTemporary).length;
    }
    expect(await run(argv, { cwd })).toMatchObject({ exitCode: 0, stderr: "" });
    expect(names.map((name) => read(cwd, `out/${name}`))).toEqual(names.map((name) => contentOf(name, kills)));
    expect(readdirSync(join(cwd, "out")).sort()).toEqual(names.toSorted());
    return leftovers;
  }

  // At a moment of the whole run; or soon after it has begun to write.
  async function killedRun(argv: readonly string[], cwd: string, afterMs: number | undefined): Promise<Finished> {
    const watcher = watch(join(cwd, "out"));
    try {
      const { child, finished } = start(argv, { cwd });
      const begun = new Promise((resolve) => {
        watcher.once("change", resolve);
      });
      await Promise.race([finished, afterMs === undefined ? begun : delay(afterMs)]);
      if (afterMs === undefined) await delay(Math.random() * 12);
      child.kill("SIGKILL");
      return await finished;
    } finally {
      watcher.close();
    }
  }
});
