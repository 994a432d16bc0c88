/** Installing by real processes: several at once, killed, interrupted, out of room, over a plugin that runs. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type Answer,
  otherBuild,
  platform,
  published,
  sha256,
  startSource,
  sumsOf,
  workingPlugin,
} from "../helpers/plugin-source.ts";
import { type Finished, program, run, start, workFolder } from "./program.ts";

const file = `probe-${platform}`;
const pluginsOf = (cwd: string): string => join(cwd, ".configmanager", "plugins");
const inFolder = (cwd: string): readonly string[] => readdirSync(join(pluginsOf(cwd), "probe"));

function lockedChecksum(cwd: string): unknown {
  const text = readFileSync(join(cwd, ".configmanager", "plugins.lock.json"), "utf8");
  const { plugins } = JSON.parse(text) as { plugins: Record<string, { checksums: Record<string, string> }> };
  return plugins["probe"]?.checksums[platform];
}

/** An answer whose first part comes at once, and the rest when `go` is called. */
function held(bytes: Buffer): { readonly answer: Answer; readonly asked: Promise<void>; readonly go: () => void } {
  let tellAsked: () => void = () => {};
  let go: () => void = () => {};
  const asked = new Promise<void>((resolve) => (tellAsked = resolve));
  const gone = new Promise<void>((resolve) => (go = resolve));
  const answer: Answer = (_request, response) => {
    response.writeHead(200, { "content-length": bytes.length });
    response.write(bytes.subarray(0, 4096), () => tellAsked());
    void gone.then(() => response.end(bytes.subarray(4096)));
  };
  return { answer, asked, go: () => go() };
}

/** Resolves when a download has begun to be written. */
async function untilStaged(cwd: string): Promise<string> {
  for (;;) {
    const name = existsSync(join(pluginsOf(cwd), "probe"))
      ? inFolder(cwd).find((each) => each.startsWith(".configmanager-"))
      : undefined;
    if (name !== undefined) return name;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("two processes at once", () => {
  it("install one plugin, and each is told that it is there", async () => {
    const cwd = workFolder();
    const plugin = await workingPlugin();
    const { url } = await startSource(published({ [file]: plugin }));
    const args = ["plugin", "install", "probe", "--from", url];
    const all = await Promise.all(Array.from({ length: 3 }, () => run(args, { cwd })));
    expect(all.map(({ exitCode, stderr }) => [exitCode, stderr.replace(/^locked in .*\n/, "")])).toEqual([
      [0, ""],
      [0, ""],
      [0, ""],
    ]);
    expect(inFolder(cwd)).toEqual([file]);
    expect(readFileSync(join(pluginsOf(cwd), "probe", file))).toEqual(plugin);
  });

  it("install different builds of it: the lock is right about the one that is there", async () => {
    const cwd = workFolder();
    const plugin = await workingPlugin();
    const builds = ["a", "b", "c"].map((mark) => otherBuild(plugin, mark));
    const answers = builds.map((bytes, index) => published({ [file]: bytes }, `/${index}/`));
    const { url } = await startSource(Object.assign({}, ...answers) as Record<string, Answer>);
    const all = await Promise.all(
      builds.map((_, index) => run(["plugin", "install", "probe", "--from", `${url}/${index}`], { cwd })),
    );
    expect(all.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    const there = readFileSync(join(pluginsOf(cwd), "probe", file));
    expect(lockedChecksum(cwd)).toBe(`sha256:${sha256(there)}`);
    expect(inFolder(cwd)).toEqual([file]);
  });

  it("install different plugins, and both are locked", async () => {
    const cwd = workFolder();
    const [probe, table] = [await workingPlugin(), await workingPlugin("table")];
    const { url } = await startSource(published({ [file]: probe, [`table-${platform}`]: table }));
    const all = await Promise.all(
      ["probe", "table"].map((name) => run(["plugin", "install", name, "--from", url], { cwd })),
    );
    expect(all.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    const lock = readFileSync(join(cwd, ".configmanager", "plugins.lock.json"), "utf8");
    expect(Object.keys((JSON.parse(lock) as { plugins: object }).plugins)).toEqual(["probe", "table"]);
    expect((await run(["plugin", "verify", "--locked"], { cwd })).exitCode).toBe(0);
  });
});

describe("an installing that does not come to its end", () => {
  it("leaves nothing when it is interrupted", async () => {
    const cwd = workFolder();
    const plugin = await workingPlugin();
    const slow = held(plugin);
    const { url } = await startSource({ "/SHA256SUMS": sumsOf({ [file]: plugin }), [`/${file}`]: slow.answer });
    const { child, finished } = start(["plugin", "install", "probe", "--from", url], { cwd });
    await untilStaged(cwd);
    child.kill("SIGINT");
    const { exitCode, stderr } = await finished;
    expect([exitCode, stderr]).toEqual([130, "error CM_CANCELED: interrupted\n"]);
    expect(readdirSync(cwd)).toEqual(["tmp"]);
  });

  it("leaves what the next one takes away when it is killed", async () => {
    const cwd = workFolder();
    const plugin = await workingPlugin();
    const slow = held(plugin);
    const source = await startSource({ "/SHA256SUMS": sumsOf({ [file]: plugin }), [`/${file}`]: slow.answer });
    const args = ["plugin", "install", "probe", "--from", source.url];
    const { child, finished } = start(args, { cwd });
    const left = await untilStaged(cwd);
    child.kill("SIGKILL");
    await finished;
    expect(inFolder(cwd)).toEqual([left]);
    source.answers.set(`/${file}`, plugin);
    expect((await run(args, { cwd })).exitCode).toBe(0);
    expect(inFolder(cwd)).toEqual([file]);
  });

  it.skipIf(process.platform === "win32")(
    "leaves the old file when the disk is full (a limit on the size of files)",
    async () => {
      const cwd = workFolder();
      const plugin = await workingPlugin();
      const large = otherBuild(plugin, "x".repeat(8_000_000));
      const { url } = await startSource({
        ...published({ [file]: plugin }),
        ...published({ [file]: large }, "/large/"),
      });
      await run(["plugin", "install", "probe", "--from", url], { cwd });
      const before = lockedChecksum(cwd);
      // The limit counts 512-byte blocks.
      const script = `ulimit -f 10000; exec "$0" "$@" plugin install probe --from ${url}/large`;
      const { code, stderr } = await shell(script, cwd);
      expect(code).toBe(7);
      expect(stderr).toMatch(
        /^error CM_INSTALL_FAILED: ".*" cannot be placed: the file is larger than may be written \(EFBIG\)/,
      );
      expect(inFolder(cwd)).toEqual([file]);
      expect(readFileSync(join(pluginsOf(cwd), "probe", file))).toEqual(plugin);
      expect(lockedChecksum(cwd)).toBe(before);
    },
  );

  it("leaves a download that another process has under way alone", async () => {
    const cwd = workFolder();
    const plugin = await workingPlugin();
    const slow = held(plugin);
    const source = await startSource({
      ...published({ [file]: otherBuild(plugin, "fast") }, "/fast/"),
      "/slow/SHA256SUMS": sumsOf({ [file]: plugin }),
      [`/slow/${file}`]: slow.answer,
    });
    const waiting = start(["plugin", "install", "probe", "--from", `${source.url}/slow`], { cwd });
    const name = await untilStaged(cwd);
    expect((await run(["plugin", "install", "probe", "--from", `${source.url}/fast`], { cwd })).exitCode).toBe(0);
    expect(inFolder(cwd)).toEqual([name, file]);
    slow.go();
    expect((await waiting.finished).exitCode).toBe(0);
    expect(readFileSync(join(pluginsOf(cwd), "probe", file))).toEqual(plugin);
    expect(lockedChecksum(cwd)).toBe(`sha256:${sha256(plugin)}`);
  });
});

describe("a plugin that runs", () => {
  it("goes on when its file is replaced and removed", async () => {
    const cwd = workFolder();
    const plugin = await workingPlugin();
    const { url } = await startSource({
      ...published({ [file]: plugin }),
      ...published({ [file]: otherBuild(plugin, "new") }, "/new/"),
    });
    await run(["plugin", "install", "probe", "--from", url], { cwd });
    writeFileSync(join(cwd, "in"), "a: PROBE://versioned/1\n");
    const watched = start(["render", "in", "-o", "out", "--watch"], { cwd });
    onTestFinished(() => void watched.child.kill("SIGKILL"));
    await once(watched.child.stderr!, "data");
    const replaced = await run(["plugin", "install", "probe", "--from", `${url}/new`], { cwd });
    expect([replaced.exitCode, replaced.stdout.toString()]).toEqual([
      0,
      expect.stringMatching(/^replaced: probe/) as string,
    ]);
    expect((await run(["plugin", "remove", "probe"], { cwd })).exitCode).toBe(0);
    const again = once(watched.child.stderr!, "data");
    writeFileSync(join(cwd, "in"), "b: PROBE://versioned/2\n");
    await again;
    watched.child.kill("SIGINT");
    const { stderr } = await watched.finished;
    expect(stderr.replace("error CM_CANCELED: interrupted\n", "")).not.toContain("error");
    expect(readFileSync(join(cwd, "out"), "utf8")).toMatch(/^b: /);
  });
});

describe("plugin remove", () => {
  it("takes the file, the empty folder and the lock's entry away, and says where it looked when there is none", async () => {
    const cwd = workFolder();
    const { url } = await startSource(published({ [file]: await workingPlugin(), "probe-plan9-mips": "x" }));
    await run(["plugin", "install", "probe", "--from", url], { cwd });
    const target = join(pluginsOf(cwd), "probe", file);
    expect(said(await run(["plugin", "remove", "PROBE"], { cwd }))).toEqual([
      0,
      `removed: probe, ${target}, no longer locked\n`,
    ]);
    expect(readdirSync(pluginsOf(cwd))).toEqual([]);
    const { exitCode, stderr } = await run(["plugin", "remove", "probe"], { cwd });
    expect([exitCode, stderr]).toEqual([
      5,
      expect.stringContaining(`CM_PLUGIN_NOT_FOUND: there is no "${target}"`) as string,
    ]);
  });

  it("keeps the entry while a file for another platform is left, and takes them all when that is said", async () => {
    const cwd = workFolder();
    const { url } = await startSource(published({ [file]: await workingPlugin(), "probe-plan9-mips": "x" }));
    await run(["plugin", "install", "probe", "--from", url], { cwd });
    writeFileSync(join(pluginsOf(cwd), "probe", "probe-plan9-mips"), "x");
    const target = join(pluginsOf(cwd), "probe", file);
    expect(said(await run(["plugin", "remove", "probe"], { cwd }))).toEqual([
      0,
      `removed: probe, ${target}, left for plan9-mips\n`,
    ]);
    expect(lockedChecksum(cwd)).toMatch(/^sha256:/);
    expect((await run(["plugin", "remove", "probe"], { cwd })).stderr).toContain("--all-platforms removes it");
    expect(said(await run(["plugin", "remove", "probe", "--all-platforms"], { cwd }))).toEqual([
      0,
      `removed: probe, ${join(pluginsOf(cwd), "probe")}, no longer locked\n`,
    ]);
    expect(readdirSync(pluginsOf(cwd))).toEqual([]);
  });
});

describe("init", () => {
  it("knows what is there, what ships, and installs the rest, by name and by what files use", async () => {
    const cwd = workFolder();
    const { url } = await startSource(
      published({ [file]: await workingPlugin(), [`table-${platform}`]: await workingPlugin("table") }),
    );
    mkdirSync(join(cwd, ".configmanager"));
    const stores = { AGAIN: { plugin: "probe" }, BOTH: ["ENV", "PROBE"] };
    writeFileSync(join(cwd, ".configmanager", "config.yaml"), JSON.stringify({ stores, pluginSource: url }));
    writeFileSync(join(cwd, "in"), "a: BOTH://x\nb: AGAIN://y\nc: NEWSTORE://z https://host\n");
    const target = join(pluginsOf(cwd), "probe", file);
    const first = await run(["init", "in"], { cwd });
    expect(said(first)).toEqual([0, `there: env, ships with the program\ninstalled: probe 1.2.3, ${target}\n`]);
    expect(first.stderr).toMatch(
      /warning: "NEWSTORE" before ":\/\/" in "in" is no known prefix\n {2}hint: .*--plugin newstore/,
    );
    const second = await run(["init", "--plugin", "PROBE", "--plugin", "table"], { cwd });
    expect(said(second)).toEqual([
      0,
      `there: probe, ${target}\ninstalled: table 1.0.0, ${join(pluginsOf(cwd), "table", `table-${platform}`)}\n`,
    ]);
    // A prefix that only the source knows.
    const elsewhere = workFolder();
    writeFileSync(join(elsewhere, "in"), "a: TABLE://x\n");
    expect(said(await run(["init", "in", "--from", url], { cwd: elsewhere }))).toEqual([
      0,
      `installed: table 1.0.0, ${join(pluginsOf(elsewhere), "table", `table-${platform}`)}\n`,
    ]);
  });

  it("ends with the error of a plugin that is there and does not start, and of one that nobody has", async () => {
    const cwd = workFolder();
    mkdirSync(join(pluginsOf(cwd), "bad"), { recursive: true, mode: 0o755 });
    writeFileSync(join(pluginsOf(cwd), "bad", `bad-${platform}`), "#!/bin/sh\nexit 1\n");
    chmodSync(join(pluginsOf(cwd), "bad", `bad-${platform}`), 0o755);
    expect((await run(["init", "--plugin", "bad"], { cwd })).stderr).toContain("CM_PLUGIN_EXITED_EARLY");
    expect((await run(["init", "--plugin", "gone"], { cwd })).stderr).toContain(
      'CM_INSTALL_SOURCE: no source is known for the plugin "gone"',
    );
    expect((await run(["init"], { cwd })).exitCode).toBe(2);
  });
});

it("names the command that installs it when a run finds no plugin", async () => {
  const cwd = workFolder();
  mkdirSync(join(cwd, ".configmanager"));
  writeFileSync(join(cwd, ".configmanager", "config.yaml"), "stores: { MINE: {} }");
  const { exitCode, stderr } = await run(["retrieve", "-t", "MINE://x"], { cwd });
  expect(exitCode).toBe(5);
  expect(stderr).toContain("  hint: configmanager plugin install mine --from URL; looked for ");
});

function said({ exitCode, stdout }: Finished): readonly [number | null, string] {
  return [exitCode, stdout.toString()];
}

function shell(script: string, cwd: string): Promise<{ readonly code: number | null; readonly stderr: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"], HOME: cwd, TMPDIR: join(cwd, "tmp") };
    const child = execFile("sh", ["-c", script, ...program], { cwd, env }, (_error, _stdout, stderr) =>
      resolve({ code: child.exitCode, stderr }),
    );
  });
}
