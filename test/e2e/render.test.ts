import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run, workFolder } from "./program.ts";

const secret = "s3cr3t-value-of-a-store";

describe("render", () => {
  it("resolves a file of tokens to stdout through the plugins that ship", async () => {
    const cwd = workFolder();
    writeFileSync(join(cwd, "dev.yaml"), "db:\n  host: db.example.com\n  weight: 1.10\n");
    writeFileSync(
      join(cwd, "app.conf"),
      "host=FILE://dev.yaml|db.host\nweight=FILE://dev.yaml|db.weight\nuser=ENV://WHO\n",
    );
    const { exitCode, stdout, stderr } = await run(["render", "app.conf"], { cwd, env: { WHO: "somebody" } });
    expect(stderr).toBe("");
    expect(stdout.toString()).toBe("host=db.example.com\nweight=1.10\nuser=somebody\n");
    expect(exitCode).toBe(0);
  });

  it("writes every byte outside tokens as it was read", async () => {
    const cwd = workFolder();
    const before = Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0x0d, 0x0a, 0x00, 0xff, 0xfe, 0xc3, 0x20]);
    const after = Buffer.from([0x0d, 0x0a, 0xe2, 0x82, 0x00, 0x09]);
    writeFileSync(join(cwd, "in.bin"), Buffer.concat([before, Buffer.from("ENV://WHO"), after]));
    const { stdout } = await run(["render", "in.bin"], { cwd, env: { WHO: "é" } });
    expect(stdout).toEqual(Buffer.concat([before, Buffer.from("é"), after]));
  });

  it("reads stdin for -", async () => {
    const { stdout } = await run(["render", "-"], { cwd: workFolder(), env: { WHO: "me" }, stdin: "<ENV://WHO>" });
    expect(stdout.toString()).toBe("<me>");
  });

  it("reports every error of a file with its place and writes nothing", async () => {
    const cwd = workFolder();
    writeFileSync(join(cwd, "app.conf"), "a=ENV://NOT_SET_1\nb=ENV://WHO\n  c=FILE://missing.json|x\n");
    const { exitCode, stdout, stderr } = await run(["render", "app.conf", "-o", "out.conf"], {
      cwd,
      env: { WHO: secret },
    });
    expect(exitCode).toBe(4);
    expect(stdout.length).toBe(0);
    expect(stderr).toContain("app.conf:1:3");
    expect(stderr).toContain("app.conf:3:5");
    expect(stderr).toContain("CM_STORE_NOT_FOUND");
    expect(stderr).not.toContain(secret);
    expect(statSync(join(cwd, "out.conf"), { throwIfNoEntry: false })).toBeUndefined();
  });

  it("prints errors as one JSON object a line for machines", async () => {
    const cwd = workFolder();
    writeFileSync(join(cwd, "app.conf"), "a=ENV://NOT_SET_1\n");
    const { stderr } = await run(["render", "app.conf", "--log-format", "json"], { cwd });
    const records = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records.find(({ code }) => code === "CM_STORE_NOT_FOUND")).toMatchObject({
      file: "app.conf",
      line: 1,
      column: 3,
      token: "ENV://NOT_SET_1",
    });
  });

  it("shows the warnings of an input that also has errors", async () => {
    const cwd = workFolder();
    writeFileSync(join(cwd, "app.conf"), "a=ENV://NOT_SET_1\nb=AWSSECRET:///x\n");
    const { stderr } = await run(["render", "app.conf"], { cwd });
    expect(stderr).toMatch(/warning: "AWSSECRET".*\n.*app\.conf:2:3[^]*AWSSECRETS[^]*error CM_STORE_NOT_FOUND/);
  });

  it("reports a malformed token before any plugin is started", async () => {
    const cwd = workFolder();
    writeFileSync(join(cwd, "app.conf"), "a=ENV://\nb=ENV://X[k\n");
    const { exitCode, stderr } = await run(["render", "app.conf", "-v"], { cwd });
    expect(exitCode).toBe(3);
    expect(stderr).toContain("CM_TOKEN_EMPTY_PATH");
    expect(stderr).toContain("CM_METADATA_UNCLOSED");
    expect(stderr).not.toContain("handshake");
  });

  it("replaces an existing file atomically, keeps its mode, and follows a link", async () => {
    const cwd = workFolder();
    mkdirSync(join(cwd, "real"));
    writeFileSync(join(cwd, "real", "out"), "old");
    chmodSync(join(cwd, "real", "out"), 0o640);
    symlinkSync(join("real", "out"), join(cwd, "link"));
    const { exitCode } = await run(["render", "-", "-o", "link"], { cwd, env: { WHO: "new" }, stdin: "ENV://WHO" });
    expect(exitCode).toBe(0);
    expect(readFileSync(join(cwd, "real", "out"), "utf8")).toBe("new");
    expect(statSync(join(cwd, "real", "out")).mode & 0o777).toBe(0o640);
  });

  it("gives a new file mode 0600", async () => {
    const cwd = workFolder();
    await run(["render", "-", "-o", "out"], { cwd, env: { WHO: "new" }, stdin: "ENV://WHO" });
    expect(statSync(join(cwd, "out")).mode & 0o777).toBe(0o600);
  });

  it("leaves tokens that are not there with --lax, warns, and exits 0", async () => {
    const cwd = workFolder();
    const { exitCode, stdout, stderr } = await run(["render", "-", "--lax"], { cwd, stdin: "x=ENV://NOT_SET_1\n" });
    expect([exitCode, stdout.toString()]).toEqual([0, "x=ENV://NOT_SET_1\n"]);
    expect(stderr).toMatch(/warning.*NOT_SET_1/is);
  });

  it("creates nothing but its output", async () => {
    const cwd = workFolder();
    await run(["render", "-"], { cwd, stdin: "ENV://X[default=1]" });
    expect(statSync(join(cwd, ".configmanager"), { throwIfNoEntry: false })).toBeUndefined();
    expect(statSync(join(cwd, "home"), { throwIfNoEntry: false })).toBeUndefined();
  });
});
