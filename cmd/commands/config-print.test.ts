import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectFolder } from "../../test/helpers/project-folder.ts";
import { runProgram } from "../../test/helpers/run-program.ts";

const stores = {
  ALIAS: {
    plugin: "probe",
    env: { TOKEN: "s3cret" },
    options: { key: "s3cret" },
    metadata: { region: "eu" },
    timeout: "90s",
  },
  BOTH: ["TABLE", "PROBE://echo/{path}"],
};

describe("config print", () => {
  it("shows each setting with where it comes from", async () => {
    const project = await projectFolder({
      settings: { timeout: "90s", allow: ["TABLE://a", "TABLE://b"], concurrency: 4 },
    });
    const { exitCode, stdout } = await runProgram(["config", "print", "--lax", "--concurrency", "3"], {
      ...project,
      env: { ...project.env, CONFIGMANAGER_FAIL_ON_EMPTY: "true" },
    });
    const rows = Object.fromEntries(
      stdout.split("\n").map((line) => {
        const [name = "", ...rest] = line.split(/ {2,}/);
        return [name, rest];
      }),
    );
    expect(exitCode).toBe(0);
    expect(rows).toMatchObject({
      SETTING: ["VALUE", "FROM"],
      tokenSeparator: ["://", "default"],
      lax: ["true", "--lax"],
      laxAll: ["false", "default"],
      failOnEmpty: ["true", "CONFIGMANAGER_FAIL_ON_EMPTY"],
      concurrency: ["3", "--concurrency"],
      timeout: ["1m30s", ".configmanager/config.yaml:3:3"],
      allow: ['["TABLE://a","TABLE://b"]', ".configmanager/config.yaml:4:3"],
      envsubstVars: ["(all)", "default"],
      runTimeout: ["(no limit)", "default"],
    });
  });

  it("shows each store with its place, and of what may be secret the names alone", async () => {
    const project = await projectFolder({ stores });
    const { stdout } = await runProgram(["config", "print"], project);
    expect(stdout).toMatch(/^BOTH +TABLE, then PROBE:\/\/echo\/\{path\} +\.configmanager\/config\.yaml:\d+:5$/m);
    expect(stdout).toContain('plugin=probe env=["TOKEN"] metadata=["region=eu"] options=["key"] timeout=1m30s');
    expect(stdout).not.toContain("s3cret");
  });

  it("is an object in JSON", async () => {
    const project = await projectFolder({ stores });
    const { stdout } = await runProgram(["config", "print", "--json", "-k", "!"], project);
    const printed = JSON.parse(stdout) as Record<string, Record<string, unknown>>;
    expect(printed["files"]).toEqual([join(project.cwd, ".configmanager", "config.yaml")]);
    expect(printed["settings"]).toMatchObject({
      keySeparator: { value: "!", from: { kind: "flag", flag: "--key-separator" } },
      timeout: { value: "1m", from: { kind: "default" } },
      trustPluginModes: { value: true, from: { kind: "file", file: ".configmanager/config.yaml", line: 2, column: 3 } },
    });
    expect(printed["stores"]).toMatchObject({
      ALIAS: { plugin: "probe", env: ["TOKEN"], options: ["key"], timeout: "1m30s", from: { kind: "file", column: 5 } },
      BOTH: { members: ["TABLE", "PROBE://echo/{path}"] },
    });
    expect(stdout).not.toContain("s3cret");
  });

  it("is one of a group, whose help is shown by itself", async () => {
    const alone = await runProgram(["config"]);
    expect([alone.exitCode, alone.stdout]).toEqual([2, ""]);
    expect(alone.stderr).toContain("print [options]");
    expect((await runProgram(["help", "config"])).stdout).toContain("Look at the configuration.");
    const { exitCode, stderr } = await runProgram(["config", "prnt"]);
    expect([exitCode, stderr]).toEqual([2, 'error CM_USAGE: unknown command "prnt"\n  hint: write print\n']);
  });

  it("starts no plugin, and needs no store that works", async () => {
    const project = await projectFolder({ stores: { GONE: { path: "bin/gone" } } });
    const { exitCode, stdout } = await runProgram(["config", "print"], project);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`path=${join(project.cwd, "bin/gone")}`) as string]);
  });
});
