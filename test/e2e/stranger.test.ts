/** Files that nobody here wrote: what they ask for, what they are made of, and what they would have a terminal or a runner do. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildTestPlugins } from "../helpers/build-once.ts";
import { run, type Finished, workFolder } from "./program.ts";

const secret = "s3cr3t-of-somebody-else";

/** A folder with a secret outside of it, stores that answer everything, and `allow` as a careful operator sets it. */
async function strangersFolder(allow: readonly string[]): Promise<string> {
  const cwd = workFolder();
  const inner = join(cwd, "inner");
  mkdirSync(join(inner, ".configmanager"), { recursive: true });
  mkdirSync(join(inner, "config"));
  writeFileSync(join(cwd, "outside.txt"), secret);
  writeFileSync(join(inner, "config", "app.txt"), "allowed");
  const table = (await buildTestPlugins()).file("table");
  const config = {
    allow,
    stores: {
      TABLE: {
        path: table,
        env: { TABLE_LOG: join(inner, "asked") },
        options: { values: { "app/a": "ok", root: secret } },
      },
    },
  };
  writeFileSync(join(inner, ".configmanager", "config.yaml"), JSON.stringify(config));
  return inner;
}

function render(cwd: string, text: string | Uint8Array, ...args: string[]): Promise<Finished> {
  writeFileSync(join(cwd, "stranger.yaml"), text);
  return run(["render", "stranger.yaml", ...args], { cwd, env: { SECRET: secret } });
}

describe("a file from a stranger", () => {
  const allow = ["FILE://config/**", "TABLE://app/*"];
  const refused = [
    "TABLE://root",
    "TABLE://app/../root",
    "TABLE://app/a/b",
    "FILE://../outside.txt",
    "FILE://config/../../outside.txt",
    "FILE:///etc/passwd",
    "ENV://SECRET",
    "EXEC://sh/-c",
    "LOCAL://anything",
    "AWSSECRETS:///prod/db",
  ];
  it.each(refused)("gets nothing for %s that is not allowed, and starts nothing", async (token) => {
    const cwd = await strangersFolder(allow);
    const { exitCode, stdout, stderr } = await render(cwd, `ok: TABLE://app/a\nx: "${token}"\n`, "-v");
    expect([exitCode, stdout.toString()]).toEqual([3, ""]);
    expect(stderr).toContain("CM_TOKEN_FORBIDDEN");
    expect(stderr).not.toContain("a plugin is launched");
    expect(stderr).not.toContain(secret);
    expect(existsSync(join(cwd, "asked"))).toBe(false);
  });

  it("gets what is allowed", async () => {
    const cwd = await strangersFolder(allow);
    const { stdout } = await render(cwd, "a: TABLE://app/a\nb: FILE://config/app.txt\n");
    expect(stdout.toString()).toBe("a: ok\nb: allowed\n");
  });

  it("reads no file outside of the working directory, whatever is allowed", async () => {
    const cwd = await strangersFolder(["**"]);
    for (const path of ["../outside.txt", "config/../../outside.txt"]) {
      const { exitCode, stdout, stderr } = await render(cwd, `x: FILE://${path}\n`);
      expect(exitCode).not.toBe(0);
      expect(stdout.length).toBe(0);
      expect(stderr).not.toContain(secret);
    }
  });

  it("with a token of a megabyte is told of it in a few lines", async () => {
    const cwd = await strangersFolder(allow);
    const { exitCode, stderr } = await render(cwd, `x: TABLE://${"a".repeat(1024 * 1024)}\n`);
    expect(exitCode).toBe(3);
    expect(stderr.length).toBeLessThan(20_000);
  });

  it("moves no cursor, forges no line and starts no command of a runner", async () => {
    const cwd = await strangersFolder(allow);
    const evil = "\u001b[2J\u001b]0;title\u0007\r::set-output name=x::y\u2028##vso[task.setvariable variable=x]y";
    const text = `x: TABLE://${evil}|${evil}[${evil}\ny: TABLE://no%3A%3A\u202e|k\n::error::z TABLE://q\n`;
    for (const format of ["text", "json"]) {
      const { stderr, stdout } = await render(cwd, text, "--log-format", format);
      expect(stdout.length).toBe(0);
      // oxlint-disable-next-line no-control-regex -- that none is there is what is tested
      expect(stderr.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
      expect(stderr.split("\n").filter((line) => /^(::|##)/.test(line))).toEqual([]);
    }
  });

  it("has its shell characters taken as they are", async () => {
    const cwd = await strangersFolder(["TABLE://**"]);
    const before = readdirSync(cwd).toSorted();
    const { exitCode, stderr } = await render(cwd, "x: TABLE://$(touch%20pwned)\ny: TABLE://`id`;$IFS|a\n");
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("CM_");
    expect(
      readdirSync(cwd)
        .filter((name) => name !== "asked")
        .toSorted(),
    ).toEqual([...before, "stranger.yaml", "tmp"].toSorted());
  });
});
