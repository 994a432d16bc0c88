/**
 * A machine that has nothing: the executable, the files of libc that the system's loader finds for it, and the shipped example
 * in a root of their own. No shell, no Node, no certificates, no /etc. What it needs besides is what every system and container has: `/proc`, from which
 * libc learns where the stack is, `/dev/null`, the input of the plugins, and a folder for their sockets.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../helpers/source-files.ts";
import { testedExecutable } from "../helpers/tested-executable.ts";

// A mount namespace, so that what is mounted goes with the process; and a user namespace for whoever is not root.
const namespace = process.getuid?.() === 0 ? ["--mount"] : ["--user", "--map-root-user", "--mount"];
const mountAndRun = 'mount --rbind /proc "$0/proc" && mount --bind /dev/null "$0/dev/null" && exec chroot "$0" "$@"';

const missing =
  testedExecutable === undefined
    ? "the program for Node needs Node: nothing to run in an empty root"
    : spawnSync("unshare", [...namespace, "true"]).status !== 0
      ? "NOT TESTED: this user may make no root of its own (neither root nor user namespaces)"
      : undefined;

describe.skipIf(missing !== undefined)(`in an empty root${missing === undefined ? "" : ` (${missing})`}`, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "cm-root-"));
    copyFileSync(testedExecutable!, join(folder, "configmanager"));
    for (const file of filesOfLibc(testedExecutable!)) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      copyFileSync(file, join(folder, file));
    }
    for (const name of ["proc", "tmp", "dev"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "dev", "null"), "");
    cpSync(join(root, "examples"), join(folder, "examples"), { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: readonly string[]): { status: number | null; stdout: string; stderr: string } => {
    const words = [...namespace, "sh", "-c", mountAndRun, folder, "/configmanager", ...args];
    return spawnSync("unshare", words, { env: { PATH: process.env["PATH"] }, encoding: "utf8" });
  };

  it("nothing else is there", () => {
    expect(readdirSync(folder).toSorted()).toEqual(
      ["configmanager", "dev", "examples", "lib", "lib64", "proc", "tmp", "usr"].filter((name) =>
        existsSync(join(folder, name)),
      ),
    );
    const files = readdirSync(join(folder, "lib"), { recursive: true, withFileTypes: true });
    expect(files.filter((entry) => entry.isFile()).length).toBeLessThan(8);
  });

  it("the executable resolves the README's example, plugins and all, and leaves nothing", () => {
    const result = run("render", "examples/app.yaml");
    expect(result).toMatchObject({ status: 0, stderr: "" });
    expect(result.stdout).toBe(readFileSync(join(root, "examples", "app.expected.yaml"), "utf8"));
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
  });

  it("the executable says what it is, and finds nothing wrong", () => {
    expect(run("--version").stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(run("doctor").stderr).toBe("nothing is wrong\n");
  });
});

/** What the loader would load, and itself; absolute. */
function filesOfLibc(file: string): readonly string[] {
  const listed = execFileSync("ldd", [file], { encoding: "utf8" });
  return listed.match(/(?<=\s)\/\S+/g) ?? [];
}
