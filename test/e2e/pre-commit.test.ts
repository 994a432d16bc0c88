import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { root } from "../helpers/source-files.ts";
import { run, workFolder } from "./program.ts";

interface Hook {
  readonly id: string;
  readonly entry: string;
  readonly language: string;
  readonly require_serial: boolean;
}

const hooks = parse(readFileSync(join(root, ".pre-commit-hooks.yaml"), "utf8")) as readonly Hook[];
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly bin: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
};

describe("the hook for pre-commit", () => {
  const hook = hooks.find(({ id }) => id === "configmanager-check")!;
  const [name = "", ...args] = hook.entry.split(" ");

  it("starts a program of the package, which npm builds from the clone that it is given", () => {
    expect(hook.language).toBe("node");
    expect(Object.keys(manifest.bin)).toContain(name);
    expect(manifest.scripts["prepare"]).toBe("node scripts/prepare.mjs");
  });

  it("passes files without a fault, and names the fault of one that has one", async () => {
    const cwd = workFolder();
    writeFileSync(join(cwd, "good.yaml"), "a: ENV://HOME\n");
    writeFileSync(join(cwd, "bad.yaml"), "a: ENV://HOME\nb: AWSSECRET://x\n");
    expect((await run([...args, "good.yaml"], { cwd })).exitCode).toBe(0);
    const { exitCode, stderr } = await run([...args, "good.yaml", "bad.yaml"], { cwd });
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining("bad.yaml:2:4")]);
  });
});

describe("the script that npm runs in a clone", () => {
  it.each([
    ["builds nothing at a developer's npm ci", { npm_command: "ci" }, false, 0],
    ["builds nothing where something is built", { npm_command: "install" }, true, 0],
    // There is nothing here to build with: it is seen to try.
    ["builds when npm installs from a clone", { npm_command: "install" }, false, 1],
  ])("%s", (_title, env, isBuilt, expected) => {
    const folder = workFolder();
    mkdirSync(join(folder, "scripts"));
    copyFileSync(join(root, "scripts", "prepare.mjs"), join(folder, "scripts", "prepare.mjs"));
    if (isBuilt) {
      mkdirSync(join(folder, "dist", "cmd"), { recursive: true });
      writeFileSync(join(folder, "dist", "cmd", "bin.cjs"), "");
    }
    expect(spawnSync(process.execPath, ["scripts/prepare.mjs"], { cwd: folder, env }).status).toBe(expected);
  });
});
