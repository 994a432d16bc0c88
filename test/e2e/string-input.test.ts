import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run, workFolder } from "./program.ts";

describe("string-input", () => {
  it("writes ./app.env when no output is named, as v3 does", async () => {
    const cwd = workFolder();
    const { exitCode, stdout } = await run(["string-input", "-i", "a=ENV://WHO"], { cwd, env: { WHO: "me" } });
    expect([exitCode, stdout.length]).toEqual([0, 0]);
    expect(readFileSync(join(cwd, "app.env"), "utf8")).toBe("a=me");
  });

  it.each(["fromstr", "getfromstr"])("is called %s too", async (alias) => {
    const { stdout } = await run([alias, "-i", "a=ENV://WHO", "-p", "stdout"], {
      cwd: workFolder(),
      env: { WHO: "me" },
    });
    expect(stdout.toString()).toBe("a=me");
  });

  it("rewrites its own input when both are the same file", async () => {
    const cwd = workFolder();
    writeFileSync(join(cwd, "f"), "a=ENV://WHO\n");
    expect((await run(["string-input", "-i", "f", "-p", "f"], { cwd, env: { WHO: "me" } })).exitCode).toBe(0);
    expect(readFileSync(join(cwd, "f"), "utf8")).toBe("a=me\n");
  });

  it("keeps its own input when a token fails", async () => {
    const cwd = workFolder();
    writeFileSync(join(cwd, "f"), "a=ENV://NOT_SET_1\n");
    expect((await run(["string-input", "-i", "f", "-p", "f"], { cwd })).exitCode).toBe(4);
    expect(readFileSync(join(cwd, "f"), "utf8")).toBe("a=ENV://NOT_SET_1\n");
  });

  it("never takes a mistyped path for text", async () => {
    const cwd = workFolder();
    const { exitCode, stderr } = await run(["string-input", "-i", "confg/app.yaml"], { cwd });
    expect([exitCode, stderr.includes("CM_INPUT_UNREADABLE")]).toEqual([2, true]);
    expect(statSync(join(cwd, "app.env"), { throwIfNoEntry: false })).toBeUndefined();
  });

  it("expands variables first with -e and reports all that are unset", async () => {
    const cwd = workFolder();
    const ok = await run(["string-input", "-e", "-i", "${P}://${N:-WHO} $$", "-p", "-"], {
      cwd,
      env: { P: "ENV", WHO: "me" },
    });
    expect(ok.stdout.toString()).toBe("me $");
    const failed = await run(["string-input", "-e", "-i", "$A_1\n ${B_1}", "-p", "-"], { cwd });
    expect(failed.exitCode).toBe(3);
    expect(failed.stderr.match(/CM_ENV_UNSET/g)).toHaveLength(2);
  });
});

describe("retrieve", () => {
  it("prints lines that a shell can evaluate", async () => {
    const env = { WHO: "it's $me" };
    const { stdout } = await run(["retrieve", "-t", "ENV://WHO", "-t", "OTHER=ENV://WHO", "-p", "stdout"], {
      cwd: workFolder(),
      env,
    });
    expect(stdout.toString()).toBe(`export WHO='it'\\''s $me'\nexport OTHER='it'\\''s $me'\n`);
  });

  it("prints the bytes of one token and nothing else with --format raw", async () => {
    const { stdout } = await run(["get", "-t", "ENV://WHO", "--format", "raw", "-p", "-"], {
      cwd: workFolder(),
      env: { WHO: "x y" },
    });
    expect(stdout.toString()).toBe("x y");
  });
});

describe("list", () => {
  it("lists every token with its place, and starts no plugin", async () => {
    const cwd = workFolder();
    writeFileSync(join(cwd, "f"), "a: AWSSECRETS:///x|y.z[version=3]\n");
    const { exitCode, stdout } = await run(["list", "f", "--json"], { cwd });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout.toString())).toMatchObject([
      { file: "f", line: 1, column: 4, prefix: "AWSSECRETS", path: "/x", metadata: { version: "3" } },
    ]);
  });
});
