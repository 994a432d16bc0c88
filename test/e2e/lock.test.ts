/** Locked plugins as users of the built program meet them: what a run leaves, what tampering does, many runs at once. */
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { platformName } from "../../host/platform.ts";
import { buildTestPlugins } from "../helpers/build-once.ts";
import { type Finished, installPlugin, run, workFolder } from "./program.ts";

const platform = platformName(process.platform, process.arch);
const render = ["render", "app.tmpl"];

interface LockedProject {
  readonly cwd: string;
  readonly file: string;
  readonly lockFile: string;
  readonly run: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Finished>;
}

/** A folder with one plugin, which is locked. */
async function lockedProject(): Promise<LockedProject> {
  const cwd = workFolder();
  installPlugin(cwd, "probe", (await buildTestPlugins()).file("probe"));
  writeFileSync(join(cwd, "app.tmpl"), "a=PROBE://echo/hello\n");
  const { exitCode } = await run(["plugin", "lock"], { cwd });
  expect(exitCode).toBe(0);
  return {
    cwd,
    file: join(cwd, ".configmanager", "plugins", "probe", `probe-${platform}`),
    lockFile: join(cwd, ".configmanager", "plugins.lock.json"),
    run: (args, env = {}) => run(args, { cwd, env }),
  };
}

describe("a locked run", () => {
  it("renders, and changes neither lock nor plugins", async () => {
    const { cwd, lockFile, run } = await lockedProject();
    const before = [readFileSync(lockFile, "utf8"), statSync(lockFile).mtimeMs];
    const { exitCode, stdout, stderr } = await run(render, { CI: "true" });
    expect([exitCode, stdout.toString(), stderr]).toEqual([0, "a=hello\n", ""]);
    expect([readFileSync(lockFile, "utf8"), statSync(lockFile).mtimeMs]).toEqual(before);
    expect(readdirSync(join(cwd, ".configmanager")).toSorted()).toEqual(["plugins", "plugins.lock.json"]);
  });

  it("starts nothing that was tampered with", async () => {
    const { cwd, file, run } = await lockedProject();
    appendFileSync(file, `\nrequire("node:fs").writeFileSync(${JSON.stringify(join(cwd, "ran"))}, "");\n`);
    for (const args of [render, ["--no-locked", ...render], ["--lax-all", ...render]]) {
      const { exitCode, stdout, stderr } = await run(args);
      expect([exitCode, stdout.toString()]).toEqual([7, ""]);
      expect(stderr).toMatch(
        /^error CM_CHECKSUM_MISMATCH: the plugin file ".*" is not the one that was locked, sha256:/,
      );
    }
    expect(existsSync(join(cwd, "ran"))).toBe(false);
  });

  it("goes on where nothing can be remembered", async () => {
    const { cwd, run } = await lockedProject();
    writeFileSync(join(cwd, "no-folder"), "");
    for (const env of [
      { HOME: join(cwd, "no-folder") },
      { XDG_CACHE_HOME: join(cwd, "no-folder") },
      { HOME: "/proc" },
    ]) {
      const { exitCode, stderr } = await run(["--locked", ...render], env);
      expect([exitCode, stderr]).toEqual([0, ""]);
    }
  });

  it("is one of many at the same time", async () => {
    const { run } = await lockedProject();
    const finished = await Promise.all(Array.from({ length: 6 }, () => run(["--locked", ...render])));
    expect(finished.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(finished.map(() => [0, ""]));
  });

  it("says where a merge left the lock in two versions", async () => {
    const { lockFile, run } = await lockedProject();
    writeFileSync(lockFile, readFileSync(lockFile, "utf8").replace("{\n", "{\n<<<<<<< HEAD\n=======\n>>>>>>> other\n"));
    const { exitCode, stderr } = await run(render);
    expect([exitCode, stderr]).toEqual([
      7,
      expect.stringMatching(
        /CM_LOCKFILE_INVALID: the lock holds two versions of itself.*\n {2}--> .*\.json:2:1\n/,
      ) as string,
    ]);
  });
});
