import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { platformName } from "../../host/platform.ts";
import { buildTestPlugins } from "../../test/helpers/build-once.ts";
import { type ProgramResult, runProgram, temporaryFolder } from "../../test/helpers/run-program.ts";

const platform = platformName(process.platform, process.arch);

interface Clone {
  readonly cwd: string;
  readonly home: string;
  /** Runs the program there, with trust asked for. */
  readonly run: (argv: readonly string[], answers?: readonly string[]) => Promise<ProgramResult>;
}

/** A folder as somebody else has made it: a plugin of its own, and what this configuration says. */
async function clone(configuration: object = {}): Promise<Clone> {
  const [cwd, home] = [await realpath(await temporaryFolder()), await temporaryFolder()];
  const folder = join(cwd, ".configmanager", "plugins", "mine");
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  const file = join(folder, `mine-${platform}`);
  await copyFile((await buildTestPlugins()).file("probe"), file);
  await chmod(file, 0o755);
  await writeFile(join(cwd, ".configmanager", "config.yaml"), JSON.stringify(configuration));
  await writeFile(join(cwd, "in.txt"), "MINE://echo/a ENV://WHO");
  await mkdir(join(home, ".configmanager"));
  await writeFile(join(home, ".configmanager", "config.yaml"), "trust: ask\n");
  const env = { PATH: process.env["PATH"] ?? "", HOME: home, WHO: "me" };
  return {
    cwd,
    home,
    run: (argv, answers) => runProgram(argv, { cwd, home, env, ...(answers && { answers }) }),
  };
}

const mine = `  MINE  plugin  .configmanager/plugins/mine/mine-${platform}\n`;

describe("plugin trust", () => {
  it("trusts the working directory, and shows what is there", async () => {
    const { cwd, run } = await clone();
    expect((await run(["render", "in.txt"])).exitCode).toBe(7);
    const { exitCode, stdout, stderr } = await run(["plugin", "trust"]);
    expect([exitCode, stdout, stderr]).toEqual([0, `trusted: ${cwd}\n${mine}`, ""]);
    expect(await run(["render", "in.txt"])).toMatchObject({ exitCode: 0, stdout: "a me" });
    expect((await run(["plugin", "trust", "--list"])).stdout).toBe(`${cwd}\n`);
  });

  it("trusts a folder that is named, by its real path", async () => {
    const { cwd, home, run } = await clone();
    const link = join(home, "link");
    await symlink(cwd, link);
    const elsewhere = await runProgram(["plugin", "trust", "link", "--trust", "ask"], { cwd: home, home });
    expect([elsewhere.exitCode, elsewhere.stdout]).toEqual([0, `trusted: ${cwd}\n${mine}`]);
    expect((await run(["render", "in.txt"])).exitCode).toBe(0);
  });

  it("shows what the configuration there would do, and no value of it", async () => {
    const { run } = await clone({ stores: { ENV: { env: { NODE_OPTIONS: "s3cret" } }, OWN: { path: "bin/own" } } });
    const { stdout } = await run(["plugin", "trust"]);
    expect(
      stdout
        .split("\n")
        .slice(1)
        .map((line) => line.trim().split(/ {2,}/)),
    ).toEqual([
      ["ENV", "sets env NODE_OPTIONS", ".configmanager/config.yaml:1"],
      ["MINE", "plugin", `.configmanager/plugins/mine/mine-${platform}`],
      ["OWN", "plugin", "bin/own"],
      [""],
    ]);
  });

  it("escapes what whoever made the folder has named", async () => {
    const { cwd, run } = await clone();
    const folder = join(cwd, "a\u001b[2Jb");
    await mkdir(folder);
    const { stdout } = await run(["plugin", "trust", folder]);
    expect(stdout).toBe(`trusted: ${cwd}/a\\x1b[2Jb\n  nothing yet; what comes later is trusted too\n`);
    expect((await run(["plugin", "trust", "--list"])).stdout).toBe(`${cwd}/a\\x1b[2Jb\n`);
  });

  it("says so where nobody asks", async () => {
    const { cwd, home } = await clone();
    const { exitCode, stderr } = await runProgram(["plugin", "trust", "--trust", "off"], { cwd, home });
    expect([exitCode, stderr]).toEqual([
      0,
      'warning: every folder is trusted as long as nobody asks\n  hint: write "trust: ask" into the configuration of your home folder, or set CONFIGMANAGER_TRUST=ask\n',
    ]);
  });

  it("--remove trusts it no longer, also when it is gone", async () => {
    const { cwd, home, run } = await clone();
    await run(["plugin", "trust"]);
    await writeFile(
      join(home, ".configmanager", "trusted.json"),
      JSON.stringify({ version: 1, folders: [cwd, "/gone/away"] }),
    );
    expect((await run(["plugin", "trust", "--remove", "/gone/away"])).stdout).toBe("no longer trusted: /gone/away\n");
    expect((await run(["plugin", "trust", "--remove"])).stdout).toBe(`no longer trusted: ${cwd}\n`);
    expect((await run(["plugin", "trust", "--remove"])).stderr).toBe(`${cwd} was not trusted\n`);
    expect((await run(["plugin", "trust", "--list"])).stderr).toBe("no folder is trusted\n");
    expect((await run(["render", "in.txt"])).exitCode).toBe(7);
  });

  it.each([
    { argv: ["nowhere"], message: /"\S+\/nowhere" is no folder/ },
    { argv: ["in.txt"], message: /"\S+\/in.txt" is no folder/ },
    { argv: ["--list", "--remove"], message: /"--list" and "--remove" exclude each other/ },
    { argv: ["--list", "."], message: /"--list" and "." exclude each other/ },
  ])("$argv is a usage error", async ({ argv, message }) => {
    const { home, run } = await clone();
    const { exitCode, stderr } = await run(["plugin", "trust", ...argv]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message) as string]);
    expect(existsSync(join(home, ".configmanager", "trusted.json"))).toBe(false);
  });

  it("does not trust what it cannot show", async () => {
    const { cwd, home } = await clone({ stores: { a: {} } });
    const { exitCode } = await runProgram(["plugin", "trust", cwd, "--trust", "ask"], { cwd: home, home });
    expect([exitCode, existsSync(join(home, ".configmanager", "trusted.json"))]).toEqual([2, false]);
  });
});

describe("a run that asks for trust", () => {
  const question = (cwd: string): string =>
    `${cwd} is not trusted, and brings along what runs with your rights:\n${mine}Use it? y: in this run, a: always, n: no [n] `;

  it.each([
    { answers: ["y"], exitCode: 0, isRecorded: false },
    { answers: ["YES"], exitCode: 0, isRecorded: false },
    { answers: ["a"], exitCode: 0, isRecorded: true },
    { answers: ["n"], exitCode: 7, isRecorded: false },
    { answers: [""], exitCode: 7, isRecorded: false },
  ])("takes $answers for an answer", async ({ answers, exitCode, isRecorded }) => {
    const { cwd, home, run } = await clone();
    const result = await run(["render", "in.txt"], answers);
    expect([result.exitCode, result.stdout]).toEqual([exitCode, exitCode === 0 ? "a me" : ""]);
    expect(result.stderr.startsWith(question(cwd))).toBe(true);
    const record = join(home, ".configmanager", "trusted.json");
    const recorded = existsSync(record) ? (JSON.parse(await readFile(record, "utf8")) as object) : undefined;
    expect(recorded).toEqual(isRecorded ? { version: 1, folders: [cwd] } : undefined);
  });

  it("asks again when it does not understand, and once for all plugins", async () => {
    const { cwd, run } = await clone();
    const { stderr, exitCode } = await run(["render", "in.txt"], ["perhaps", "y"]);
    expect([exitCode, stderr]).toEqual([0, `${question(cwd)}Write y, a or n: `]);
  });

  it("bounds and escapes what it shows of the folder", async () => {
    const names = Array.from({ length: 30 }, (_, index) => `S${String(index).padStart(2, "0")}`);
    const stores = Object.fromEntries(names.map((name) => [name, { env: { [`X\u001b[1m${"Y".repeat(500)}`]: "" } }]));
    const { run } = await clone({ stores });
    const { stderr } = await run(["render", "in.txt"], ["n"]);
    expect(stderr).toContain("  and 11 more\n");
    expect(stderr).toContain("sets env X\\x1b[1mYYY");
    expect(stderr).not.toContain("\u001b");
    expect(Math.max(...stderr.split("\n").map((line) => line.length))).toBeLessThan(300);
  });

  it.each([
    { name: "a plugin", input: "MINE://echo/a", isAsked: true },
    { name: "what a plugin that ships is told", input: "ENV://WHO", isAsked: true },
    { name: "a composite store that needs it", input: "BOTH://WHO", isAsked: true },
    { name: "nothing", input: "FILE://in.txt", isAsked: false },
  ])("asks when the text needs $name of the folder", async ({ input, isAsked }) => {
    const { cwd, run } = await clone({ stores: { ENV: { env: { A: "b" } }, BOTH: ["ENV", "FILE"] } });
    await writeFile(join(cwd, "in.txt"), input);
    const { exitCode, stderr } = await run(["render", "in.txt"]);
    expect([exitCode, stderr.includes("CM_PLUGIN_UNTRUSTED")]).toEqual(isAsked ? [7, true] : [0, false]);
  });

  it("reports all that it refuses at once, each with its place, and --lax-all softens nothing", async () => {
    const { run } = await clone({ stores: { ENV: { env: { A: "b" } } } });
    const { exitCode, stderr } = await run(["render", "in.txt", "--lax-all"]);
    expect(exitCode).toBe(7);
    expect(stderr.match(/^error CM_PLUGIN_UNTRUSTED/gm)).toHaveLength(2);
    expect(stderr).toContain("  --> .configmanager/config.yaml:1:12\n");
    expect(stderr).toContain("2 errors; nothing was written\n");
  });

  it.each([
    ["doctor"],
    ["check", "in.txt"],
    ["list", "--explain", "in.txt"],
    ["insert", "--config-pair", "MINE://a=b"],
  ])("%s starts no plugin of the folder either", async (...argv) => {
    const { run } = await clone();
    const { exitCode, stdout, stderr } = await run(argv);
    expect([exitCode, `${stdout}${stderr}`]).toEqual([7, expect.stringContaining("is not trusted") as string]);
  });

  it("does not hear of trust from the folder itself", async () => {
    const { run } = await clone({ trust: "off" });
    const { exitCode, stderr } = await run(["render", "in.txt"]);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining(
        '"trust" does not count in the working directory\n  --> .configmanager/config.yaml:1:2',
      ) as string,
    ]);
  });

  it("takes the file of --config and the folder of CONFIGMANAGER_DIR for the user's own choice", async () => {
    const { cwd, home, run } = await clone({ stores: { ENV: { env: { A: "b" } } } });
    await writeFile(join(cwd, "in.txt"), "ENV://WHO");
    expect((await run(["render", "in.txt", "--config", ".configmanager/config.yaml", "--trust", "ask"])).exitCode).toBe(
      0,
    );
    const env = { PATH: process.env["PATH"] ?? "", HOME: home, WHO: "me", CONFIGMANAGER_DIR: cwd };
    expect((await runProgram(["render", "in.txt"], { cwd, home, env })).exitCode).toBe(0);
  });

  it("is off unless it is wanted", async () => {
    const { cwd, home } = await clone();
    await writeFile(join(home, ".configmanager", "config.yaml"), "");
    const env = { PATH: process.env["PATH"] ?? "", HOME: home, WHO: "me" };
    expect((await runProgram(["render", "in.txt"], { cwd, home, env })).exitCode).toBe(0);
    const asking = { ...env, CONFIGMANAGER_TRUST: "ask" };
    expect((await runProgram(["render", "in.txt"], { cwd, home, env: asking })).exitCode).toBe(7);
  });
});
