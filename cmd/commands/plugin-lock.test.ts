/** `plugin list`, `plugin lock` and `plugin verify` over real folders and plugins. */
import { appendFile, chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { platformName } from "../../host/platform.ts";
import { buildTestPlugins } from "../../test/helpers/build-once.ts";
import { type Project, projectFolder, type ProjectParts } from "../../test/helpers/project-folder.ts";
import { type ProgramResult, runProgram } from "../../test/helpers/run-program.ts";

const platform = platformName(process.platform, process.arch);

interface Folder extends Project {
  readonly home: string;
  readonly lockFile: string;
  readonly run: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<ProgramResult>;
  readonly lock: () => Promise<Readonly<Record<string, Readonly<Record<string, unknown>>>>>;
}

/** A project without stores of its own, whose configuration lets plugins be in anybody's checkout. */
async function folderWith(names: readonly string[], parts: ProjectParts = {}): Promise<Folder> {
  const project = await projectFolder({
    ...parts,
    stores: { TABLE: { plugin: "env" }, PROBE: { plugin: "env" }, ...parts.stores },
  });
  const { cwd } = project;
  const home = join(cwd, "home");
  for (const name of names) await put(cwd, name);
  const lockFile = join(cwd, ".configmanager", "plugins.lock.json");
  return {
    ...project,
    home,
    lockFile,
    run: (args, env = {}) => runProgram(args, { cwd, home, env: { ...project.env, ...env } }),
    async lock() {
      const { plugins } = JSON.parse(await readFile(lockFile, "utf8")) as { readonly plugins: Record<string, never> };
      return plugins;
    },
  };
}

/** Puts a plugin where it is looked for. */
async function put(root: string, name: string, of = platform): Promise<string> {
  const folder = join(root, ".configmanager", "plugins", name);
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${name}-${of}`);
  await copyFile((await buildTestPlugins()).file("probe"), file);
  await chmod(file, 0o755);
  return file;
}

describe("plugin lock", () => {
  it("locks of two plugins of one name the one that runs use, and changes nothing the next time", async () => {
    const folder = await folderWith(["one"]);
    const own = await put(join(folder.cwd, "elsewhere"), "one");
    await appendFile(own, "\n");
    await writeFile(
      join(folder.cwd, ".configmanager", "config.yaml"),
      `trustPluginModes: true\nstores: { ONE: { path: ${own} } }\n`,
    );
    const first = await folder.run(["plugin", "lock"]);
    expect(first.stdout).toBe(`locked: one for ${platform}\nwritten: ${folder.lockFile}\n`);
    const locked = await readFile(folder.lockFile, "utf8");
    expect((await folder.run(["plugin", "lock"])).stdout).toContain("unchanged: one");
    expect(await readFile(folder.lockFile, "utf8")).toBe(locked);
    expect((await folder.run(["--locked", "retrieve", "-t", "ONE://versioned/1", "-p", "-"])).exitCode).toBe(0);
  });

  it("locks the files of all platforms, with what the plugin says of itself", async () => {
    const folder = await folderWith(["one"]);
    await put(folder.cwd, "one", "plan9-mips");
    await writeFile(join(folder.cwd, ".configmanager", "plugins", "one", "README"), "");
    const { exitCode, stdout, stderr } = await folder.run(["plugin", "lock"]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(
      `locked: one for ${[platform, "plan9-mips"].toSorted().join(", ")}\nwritten: ${folder.lockFile}\n`,
    );
    expect(await folder.lock()).toMatchObject({
      one: {
        checksums: {
          [platform]: expect.stringMatching(/^sha256:/) as string,
          "plan9-mips": expect.any(String) as string,
        },
        described: { appProtocol: 2, prefix: "PROBE", version: "1.2.3", metadataKeys: ["Version", "region"] },
      },
    });
    expect((await folder.run(["plugin", "lock"])).stdout).toMatch(/^unchanged: one for .*\nunchanged: .*json\n$/);
  });

  it("says what changed", async () => {
    const folder = await folderWith(["one", "two"]);
    await folder.run(["plugin", "lock"]);
    await appendFile(await put(folder.cwd, "one"), "\n");
    await put(folder.cwd, "one", "plan9-mips");
    const { stdout } = await folder.run(["plugin", "lock", "ONE"]);
    expect(stdout).toBe(`changed: one: another file for ${platform}; added plan9-mips\nwritten: ${folder.lockFile}\n`);
  });

  it("locks the nearest folder and what the configuration has by its path, and the home folder's by name", async () => {
    const stores = { BYPATH: { path: (await buildTestPlugins()).file("probe") } };
    const folder = await folderWith(["one"], { stores });
    await put(folder.home, "far");
    expect((await folder.run(["plugin", "lock"])).stdout).toMatch(
      /^locked: bypath for .*\nlocked: one for .*\nwritten: /,
    );
    expect((await folder.run(["plugin", "lock", "far"])).stdout).toContain(
      `written: ${join(folder.home, ".configmanager", "plugins.lock.json")}`,
    );
    expect(Object.keys(await folder.lock())).toEqual(["bypath", "one"]);
    const listed = await folder.run(["--locked", "retrieve", "-t", "BYPATH://echo/x", "-t", "FAR://echo/y", "-p", "-"]);
    expect([listed.exitCode, listed.stderr]).toEqual([0, ""]);
  });

  it("locks a plugin that does not start, with a warning", async () => {
    const folder = await folderWith(["one"], { stores: { ONE: { env: { PROBE_STORE: "throws" } } } });
    const { exitCode, stdout, stderr } = await folder.run(["plugin", "lock"]);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("locked: one") as string]);
    expect(stderr).toContain('warning CM_PLUGIN_EXITED_EARLY: the plugin of "ONE" is locked without a look');
    expect(await folder.lock()).toEqual({ one: { checksums: { [platform]: expect.any(String) as string } } });
  });

  it("fails for a platform that nothing is known of, and locks nothing", async () => {
    const folder = await folderWith(["one", "two"]);
    await put(folder.cwd, "one", "plan9-mips");
    const { exitCode, stderr } = await folder.run(["plugin", "lock", "--platform", "plan9-mips"]);
    expect([exitCode, stderr]).toEqual([
      7,
      'error CM_LOCKFILE_OUTDATED: nothing is known of the plugin "two" for plan9-mips\n' +
        "  hint: put its file for plan9-mips beside the others, or install it from a source\n",
    ]);
    await expect(folder.lock()).rejects.toThrow();
    expect((await folder.run(["plugin", "lock", "one", "--platform", "plan9-mips"])).exitCode).toBe(0);
  });

  it.each([
    { args: ["--platform", "linux"], says: '"linux" of --platform is no platform' },
    { args: ["env"], says: 'the plugin "env" ships with the program, and is not locked' },
    { args: ["onn"], says: 'there is no plugin "onn"\n  hint: write "one"' },
  ])("refuses $args", async ({ args, says }) => {
    const folder = await folderWith(["one"]);
    const { exitCode, stderr } = await folder.run(["plugin", "lock", ...args]);
    expect([exitCode > 0, stderr]).toEqual([true, expect.stringContaining(says) as string]);
  });

  it("changes nothing with --locked, and fails when it would", async () => {
    const folder = await folderWith(["one"]);
    await folder.run(["plugin", "lock"]);
    expect((await folder.run(["--locked", "plugin", "lock"])).exitCode).toBe(0);
    await appendFile(await put(folder.cwd, "one"), "\n");
    const before = await readFile(folder.lockFile, "utf8");
    const { exitCode, stderr } = await folder.run(["plugin", "lock"], { CI: "true" });
    expect([exitCode, stderr]).toEqual([7, expect.stringContaining('"one" is not in ') as string]);
    expect(await readFile(folder.lockFile, "utf8")).toBe(before);
    expect((await folder.run(["--no-locked", "plugin", "lock"], { CI: "true" })).exitCode).toBe(0);
  });

  it("has nothing to do where there is no plugin", async () => {
    const folder = await folderWith([]);
    const { exitCode, stdout, stderr } = await folder.run(["plugin", "lock"]);
    expect([exitCode, stdout, stderr]).toEqual([0, "", "there is no plugin to lock\n"]);
  });
});

describe("plugin verify", () => {
  it("tells of each file what became of it, and ends with all errors at once", async () => {
    const folder = await folderWith(["one", "two", "three", "four"]);
    await put(folder.cwd, "one", "plan9-mips");
    await folder.run(["plugin", "lock", "one", "two", "three"]);
    const files = [await put(folder.cwd, "two"), join(folder.cwd, ".configmanager/plugins/one/one-plan9-mips")];
    for (const file of files) await appendFile(file, "!");
    const json = await folder.run(["plugin", "verify", "--json"]);
    const results = (JSON.parse(json.stdout) as Record<string, string>[]).map(
      (file) => `${file["name"]} ${file["platform"]} ${file["result"]} ${file["code"] ?? "-"}`,
    );
    expect([json.exitCode, new Set(results)]).toEqual([
      7,
      new Set([
        `four ${platform} not locked -`,
        `one ${platform} ok -`,
        "one plan9-mips differs CM_CHECKSUM_MISMATCH",
        `three ${platform} ok -`,
        `two ${platform} differs CM_CHECKSUM_MISMATCH`,
      ]),
    ]);
    for (const file of files) expect(json.stderr).toContain(`the plugin file "${file}" is not the one that was locked`);
    expect((await folder.run(["plugin", "verify", "three"])).stderr).toBe("1 file: 1 ok\n");
  });

  it("tells of what is locked and not there, which is an error for one that was named", async () => {
    const folder = await folderWith(["one", "two"]);
    await folder.run(["plugin", "lock"]);
    const gone = await folderWith(["two"]);
    await copyFile(folder.lockFile, gone.lockFile);
    const all = await gone.run(["plugin", "verify"]);
    expect([all.exitCode, all.stderr]).toEqual([0, "2 files: 1 ok, 1 missing\n"]);
    const { exitCode, stderr } = await gone.run(["plugin", "verify", "one"]);
    expect([exitCode, stderr]).toEqual([
      5,
      expect.stringMatching(/CM_PLUGIN_NOT_FOUND: .*which is locked\n/) as string,
    ]);
  });

  it("wants every plugin locked with --locked", async () => {
    const folder = await folderWith(["one"]);
    expect((await folder.run(["plugin", "verify"])).exitCode).toBe(0);
    const { exitCode, stderr } = await folder.run(["--locked", "plugin", "verify"]);
    expect([exitCode, stderr]).toEqual([7, expect.stringContaining("CM_LOCKFILE_OUTDATED") as string]);
  });
});

describe("plugin list", () => {
  it("shows every plugin of every place, and which one is used", async () => {
    const folder = await folderWith(["one", "env"], { stores: { BYPATH: { path: "bin/none" } } });
    await folder.run(["plugin", "lock", "one"]);
    await put(folder.home, "one");
    await put(folder.home, "other", "plan9-mips");
    const { exitCode, stdout } = await folder.run(["plugin", "list", "--json"]);
    const plugins = JSON.parse(stdout) as readonly Record<string, unknown>[];
    const of = (prefix: string): unknown => plugins.filter((plugin) => plugin["prefix"] === prefix);
    expect(exitCode).toBe(0);
    expect(of("ONE")).toEqual([
      {
        prefix: "ONE",
        name: "one",
        version: "1.2.3",
        from: "working directory",
        lock: "locked",
        used: true,
        file: join(folder.cwd, ".configmanager", "plugins", "one", `one-${platform}`),
        platforms: [platform],
      },
      {
        prefix: "ONE",
        name: "one",
        from: "home folder",
        lock: "no lock",
        used: false,
        file: join(folder.home, ".configmanager", "plugins", "one", `one-${platform}`),
        platforms: [platform],
      },
    ]);
    expect(of("ENV")).toMatchObject([
      { from: "working directory", lock: "not locked", used: true },
      { from: "shipped", lock: "no lock", used: false },
    ]);
    expect(of("OTHER")).toEqual([
      { prefix: "OTHER", name: "other", from: "home folder", lock: "no lock", used: false, platforms: ["plan9-mips"] },
    ]);
    expect(of("BYPATH")).toMatchObject([{ from: "configuration", lock: "not locked", used: false, platforms: [] }]);
  });

  it("is a table, with what is locked and not there", async () => {
    const folder = await folderWith(["one"]);
    await folder.run(["plugin", "lock"]);
    const other = await folderWith([]);
    await copyFile(folder.lockFile, other.lockFile);
    const { stdout } = await other.run(["plugin", "list"]);
    expect(stdout).toMatch(/^PREFIX +VERSION +FROM +LOCKED +USED +FILE\n/);
    expect(stdout).toMatch(/^ONE +1\.2\.3 +working directory +yes +no +\(not there\)$/m);
  });
});

describe("a run beside a lock", () => {
  it("refuses what was tampered with, whatever is softened", async () => {
    const folder = await folderWith(["one"], { files: { in: "ONE://echo/hello\n" } });
    await folder.run(["plugin", "lock"]);
    expect((await folder.run(["--locked", "render", "in"])).stdout).toBe("hello\n");
    await appendFile(await put(folder.cwd, "one"), "\n");
    const { exitCode, stdout, stderr } = await folder.run(["--lax-all", "render", "in"]);
    expect([exitCode, stdout]).toEqual([7, ""]);
    expect(stderr).toContain("error CM_CHECKSUM_MISMATCH: the plugin file ");
  });

  it("shows in doctor what differs from the lock, and what is not in it", async () => {
    const folder = await folderWith(["one", "two"]);
    await folder.run(["plugin", "lock", "one"]);
    const locked = await folder.run(["doctor"]);
    expect([locked.exitCode, locked.stdout]).toEqual([
      0,
      expect.stringContaining(`  lock     as in ${folder.lockFile}\n`) as string,
    ]);
    expect(locked.stdout).toContain(`  lock     not in ${folder.lockFile}\n`);
    await appendFile(await put(folder.cwd, "one"), "\n");
    const { exitCode, stdout } = await folder.run(["doctor", "--json"]);
    const { plugins } = JSON.parse(stdout) as { readonly plugins: readonly Record<string, unknown>[] };
    expect(exitCode).toBe(7);
    expect(plugins.find((plugin) => plugin["prefix"] === "ONE")).toMatchObject({
      lock: { file: folder.lockFile, state: "differs" },
      error: { code: "CM_CHECKSUM_MISMATCH" },
    });
  });

  it("has a warning in check for a plugin that is not locked, once, and an error with --locked", async () => {
    const files = { in: "a: ONE://echo/a\nb: TWO://echo/b\nc: TWO://echo/c\n" };
    const folder = await folderWith(["one", "two"], { files, stores: { BOTH: ["TWO"] } });
    expect((await folder.run(["check", "in"])).stderr).toBe("no fault in 3 tokens of 1 file\n");
    await folder.run(["plugin", "lock", "one"]);
    const { exitCode, stderr } = await folder.run(["check", "in"]);
    expect([exitCode, stderr.match(/warning/g)?.length, stderr]).toEqual([
      0,
      1,
      expect.stringMatching(
        /^warning CM_LOCKFILE_OUTDATED: the plugin "two" is not locked in ".*"\n {2}--> in:2:4\n/,
      ) as string,
    ]);
    expect(stderr).toContain("hint: configmanager plugin lock two\n");
    const strict = await folder.run(["--locked", "check", "in"]);
    expect([strict.exitCode, strict.stderr]).toEqual([
      7,
      expect.stringContaining("error CM_LOCKFILE_OUTDATED") as string,
    ]);
  });
});
