/** The commands that look and write no output: what they print, how they end, and that they leave nothing running. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { buildTestPlugins } from "../helpers/build-once.ts";
import { testedExecutable } from "../helpers/tested-executable.ts";
import { installPlugin, program, run, workFolder } from "./program.ts";

const values = { db: '{"user":"u","password":"secret-value"}', host: "h" };
const template = "user=TABLE://db|user\npassword=TABLE://db|password\nhost=TABLE://host\n";

/** A folder with the table installed as a plugin, a store of its own beside it, and a template. */
async function project(): Promise<string> {
  const cwd = workFolder();
  const { file } = await buildTestPlugins();
  installPlugin(cwd, "table", file("table"));
  const stores = { TABLE: { plugin: "table", options: { values } }, NEAR: { plugin: "table" } };
  writeFileSync(join(cwd, ".configmanager", "config.yaml"), JSON.stringify({ stores }));
  writeFileSync(join(cwd, "app.tmpl"), template);
  return cwd;
}

describe("check", () => {
  it("is content with a file that a render would take", async () => {
    const cwd = await project();
    for (const flags of [[], ["--resolve"]]) {
      const { exitCode, stdout, stderr } = await run(["check", "app.tmpl", ...flags], { cwd });
      expect({ exitCode, stdout: stdout.toString(), stderr }).toEqual({
        exitCode: 0,
        stdout: "",
        stderr: "no fault in 3 tokens of 1 file\n",
      });
    }
  });

  it("annotates what would fail, with the exit code of the render", async () => {
    const cwd = await project();
    writeFileSync(join(cwd, "bad.tmpl"), "a=TABLE://db|nothing\nb=TABEL://x ENV://A[x=1]\n");
    const { exitCode, stdout, stderr } = await run(["check", "bad.tmpl", "--resolve", "--format", "github"], { cwd });
    expect([exitCode, stderr]).toEqual([3, ""]);
    expect(stdout.toString().match(/^::error file=bad\.tmpl,line=\d+,col=\d+,title=\w+::/gm)).toEqual([
      "::error file=bad.tmpl,line=1,col=3,title=CM_KEY_PATH_NO_MATCH::",
      "::error file=bad.tmpl,line=2,col=3,title=CM_PREFIX_UNKNOWN::",
      "::error file=bad.tmpl,line=2,col=13,title=CM_METADATA_INVALID::",
    ]);
    expect(stdout.toString()).not.toContain("secret-value");
  });
});

describe("list --explain", () => {
  it("says which store answered", async () => {
    const cwd = await project();
    const { exitCode, stdout } = await run(["list", "app.tmpl", "--explain", "--json"], { cwd });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout.toString())).toMatchObject([
      { token: "TABLE://db|user", status: "resolved", store: "TABLE", version: "7" },
      { token: "TABLE://db|password", status: "resolved" },
      { token: "TABLE://host", status: "resolved" },
    ]);
    expect(stdout.toString()).not.toContain("secret-value");
  });
});

describe("doctor", () => {
  it("finds nothing wrong with the program as it was built, where no store has credentials", async () => {
    const { exitCode, stdout, stderr } = await run(["doctor"], { cwd: workFolder() });
    expect([exitCode, stderr]).toEqual([0, "nothing is wrong\n"]);
    const text = stdout.toString();
    expect(text).toMatch(
      /^configmanager \d+\.\d+\.\d+, (?:node|bun) \d+\.\d+\.\d+, \w+-\w+\n {2}config +no file\n {2}sockets +\S+\n/,
    );
    expect(text).toContain(testedExecutable === undefined ? ", node " : ", bun ");
    expect(text).toContain("\nshipped with the program\n");
    for (const prefix of [
      "AWSSECRETS",
      "AWSPARAMSTR",
      "AZKVSECRET",
      "AZTABLESTORE",
      "AZAPPCONF",
      "GCPSECRETS",
      "VAULT",
    ]) {
      expect(text).toMatch(new RegExp(`^  ${prefix} +\\d+\\.\\d+\\.\\d+ \\(protocol 2\\), metadata: `, "m"));
    }
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("ends with 5 for a plugin that does not start, and its hint can be typed", async () => {
    const cwd = await project();
    const file = installPlugin(cwd, "broken", (await buildTestPlugins()).file("table"));
    execFileSync("chmod", ["644", file]);
    const { exitCode, stdout } = await run(["doctor"], { cwd });
    expect(exitCode).toBe(5);
    const hint = /error CM_PLUGIN_NOT_EXECUTABLE: .*\n {4}hint: (chmod .*)\n/.exec(stdout.toString())![1]!;
    execFileSync("sh", ["-c", hint]);
    expect((await run(["doctor"], { cwd })).exitCode).toBe(0);
  });
});

describe("diff", () => {
  it("ends with 0 behind a render and with 9 when a value has changed", async () => {
    const cwd = await project();
    await run(["render", "app.tmpl", "-o", "app.env"], { cwd });
    expect(await run(["diff", "app.tmpl", "-p", "app.env"], { cwd })).toMatchObject({ exitCode: 0, stderr: "" });
    writeFileSync(join(cwd, "app.env"), "user=u\npassword=old-secret\nhost=h\nmore\n");
    const { exitCode, stdout, stderr } = await run(["diff", "app.tmpl", "-p", "app.env"], { cwd });
    expect([exitCode, stderr]).toEqual([9, ""]);
    expect(stdout.toString()).toBe("app.tmpl:2:10 TABLE://db|password changed\napp.env:4 text would be removed\n");
  });
});

describe("sync", () => {
  it("copies each whole value once and says where to", async () => {
    const cwd = await project();
    const { exitCode, stdout, stderr } = await run(["sync", "app.tmpl", "--to", "NEAR"], { cwd });
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout.toString()).toBe(
      "written: NEAR://db, version 1, from TABLE://db\nwritten: NEAR://host, version 2, from TABLE://host\n",
    );
  });

  it("makes a copy that answers for the same tokens when the store is gone, by the configuration that docs show", async () => {
    const cwd = await project();
    mkdirSync(join(cwd, "offline"));
    const synced = await run(["sync", "app.tmpl", "--to", "FILE://offline/{prefix}-{name}"], { cwd });
    expect(synced.stdout.toString()).toBe(
      "written: FILE://offline/table-DB, from TABLE://db\nwritten: FILE://offline/table-HOST, from TABLE://host\n",
    );
    writeFileSync(join(cwd, "offline.yaml"), 'stores: { TABLE: ["FILE://offline/table-{name}"] }\n');
    rmSync(join(cwd, ".configmanager"), { recursive: true });
    const { exitCode, stdout, stderr } = await run(["render", "app.tmpl", "--config", "offline.yaml"], { cwd });
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout.toString()).toBe("user=u\npassword=secret-value\nhost=h\n");
  });
});

describe("config print", () => {
  it("names the file of a setting and the variable of another", async () => {
    const cwd = await project();
    const { stdout } = await run(["config", "print"], { cwd, env: { CONFIGMANAGER_TIMEOUT: "5s" } });
    expect(stdout.toString()).toMatch(/^timeout +5s +CONFIGMANAGER_TIMEOUT$/m);
    expect(stdout.toString()).toMatch(
      /^TABLE +plugin=table options=\["values"\] +\.configmanager\/config\.yaml:1:\d+$/m,
    );
    expect(stdout.toString()).not.toContain("secret-value");
  });
});

describe("completion", () => {
  it("is had in a shell by the line that the help names", async () => {
    const cwd = workFolder();
    mkdirSync(join(cwd, "bin"));
    writeFileSync(join(cwd, "bin", "configmanager"), `#!/bin/sh\nexec "${program.join('" "')}" "$@"\n`, {
      mode: 0o755,
    });
    const help = (await run(["completion", "--help"], { cwd })).stdout.toString();
    const line = /^ {2}(source .*bash.*)$/m.exec(help)![1]!;
    const code = `${line}\nCOMP_WORDS=(configmanager comp); COMP_CWORD=1; _configmanager; echo "\${COMPREPLY[@]}"`;
    const env = { PATH: `${join(cwd, "bin")}:${process.env["PATH"]}`, HOME: cwd };
    expect(execFileSync("bash", ["--norc", "-c", code], { cwd, env, encoding: "utf8" })).toBe("completion\n");
  });
});
