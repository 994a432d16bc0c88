/** Projects that `plugin new` makes, built and tested with their own tools, and their plugins under the program. */
import { execFile } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contractChecks } from "../../plugins/sdk/testing/index.ts";
import { platformName } from "../../host/index.ts";
import { buildGoBinaries } from "../conformance/build-go.ts";
import { root } from "../helpers/source-files.ts";
import { installPlugin, run } from "./program.ts";

const execute = promisify(execFile);
const resolved = "newest: hello again\nfirst: hello\nmissing: none yet\n";
const cases = {
  found: { path: "greeting", value: "hello again" },
  missing: { path: "farewell" },
  version: { path: "greeting", metadata: { version: "1" }, value: "hello" },
  bad: { path: "greeting", metadata: { version: "first" } },
};

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder in which `plugin new` has made a project with that name; removed when the tests are over. */
async function newProject(name: string, ...flags: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "cm-new-"));
  folders.push(folder);
  const { exitCode, stderr } = await run(["plugin", "new", name, ...flags], { cwd: folder });
  if (exitCode !== 0) throw new Error(stderr);
  return join(folder, name);
}

/** Runs a tool of the project, which must end well; what it prints is in the error when it does not. */
async function tool(
  cwd: string,
  env: Readonly<Record<string, string>>,
  file: string,
  ...args: string[]
): Promise<string> {
  try {
    const { stdout } = await execute(file, args, {
      cwd,
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], NO_COLOR: "1", ...env },
    });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${file} ${args.join(" ")} failed:\n${stdout ?? ""}${stderr ?? ""}`, { cause: error });
  }
}

describe("a new plugin in TypeScript", () => {
  let project = "";
  let plugin = "";
  const node = (...args: string[]): Promise<string> => tool(project, {}, process.execPath, ...args);
  const modules = (...path: string[]): string => join(project, "node_modules", ...path);

  beforeAll(async () => {
    project = await newProject("my_store");
    installPackages(modules());
    const outDir = join(".configmanager", "plugins", "my_store");
    const built = await run(["plugin", "build", "--form", "script", "--out-dir", outDir], { cwd: project });
    if (built.exitCode !== 0) throw new Error(built.stderr);
    plugin = join(project, outDir, `my_store-${platformName(process.platform, process.arch)}`);
  });

  it("has types that hold", async () => {
    expect(await node(modules("typescript", "bin", "tsc"))).toBe("");
  });

  it("passes its own test", async () => {
    expect(await node(modules("vitest", "vitest.mjs"), "run")).toMatch(/Tests +\d\d passed/);
  });

  it("resolves its example under the program", async () => {
    const { stdout, stderr, exitCode } = await run(["render", "example.yaml"], { cwd: project });
    expect([stdout.toString(), stderr, exitCode]).toEqual([resolved, "", 0]);
  });

  it("says no value of a file that it cannot read", async () => {
    const env = { MY_STORE_FILE: "README.md" };
    const { stderr, exitCode } = await run(["render", "example.yaml"], { cwd: project, env });
    expect(exitCode).toBe(6);
    expect(stderr).toContain('README.md" is no JSON object of lists of texts');
    expect(stderr).not.toContain("npm install");
  });

  it("keeps the contract on both protocols as an executable", async () => {
    const checks = contractChecks({ executable: plugin, env: process.env, cwd: project }, cases);
    expect(checks.length).toBe(10);
    for (const { run: check } of checks) await check();
  });
});

const go = await buildGoBinaries(join(root, "test", ".build", "go"));
if (go === undefined) {
  if (process.env["CI"] !== undefined) throw new Error("there is no Go, which these tests need");
  process.stderr.write("SKIPPED: no Go on PATH, so that the project in Go of `plugin new` is not built\n");
}

describe.skipIf(go === undefined)("a new plugin in Go", () => {
  let project = "";
  let plugin = "";
  // As the conformance tests build, so that what they have compiled is used again.
  const env = { CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "-mod=readonly -trimpath -buildvcs=false" };
  const runGo = (...args: string[]): Promise<string> => tool(project, env, "go", ...args);

  beforeAll(async () => {
    project = await newProject("gostore", "--lang", "go");
    await runGo("build", "-o", "dist/gostore", ".");
    plugin = installPlugin(project, "gostore", join(project, "dist", "gostore"));
  });

  it("is formatted and vetted, and passes its own test", async () => {
    expect(await tool(project, env, "gofmt", "-l", ".")).toBe("");
    expect(await runGo("vet", "./...")).toBe("");
    expect(await runGo("test", "./...")).toMatch(/^ok\s+example\.com\/gostore\t/m);
  });

  it("resolves its example under the program", async () => {
    const { stdout, stderr, exitCode } = await run(["render", "example.yaml"], { cwd: project });
    expect([stdout.toString(), stderr, exitCode]).toEqual([resolved, "", 0]);
  });

  it("keeps the contract on protocol 1 as an executable", async () => {
    const checks = contractChecks({ executable: plugin, protocol: 1, env: process.env, cwd: project }, cases);
    expect(checks.length).toBe(5);
    for (const { run: check } of checks) await check();
  });

  it("answers the real go-plugin host", async () => {
    const args = [
      "-plugin",
      plugin,
      "-ping",
      "-token",
      "greeting",
      "-token",
      'greeting={"version":"1"}',
      "-token",
      "farewell",
    ];
    const lines = (await tool(project, env, go!.host, ...args)).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { ping: true },
      { token: "greeting", value: "hello again" },
      { token: "greeting", value: "hello" },
      { token: "farewell", code: "NotFound" },
      { exitCode: 0, version: 1, protocol: "grpc" },
    ]);
  });
});

/** As `npm install` would, without a registry: this package as it is published, and the tools that this project has too. */
function installPackages(target: string): void {
  const own = join(target, "configmanager");
  if (!existsSync(join(root, "dist", "types"))) throw new Error("there are no types in dist: npm run build");
  mkdirSync(own, { recursive: true });
  copyFileSync(join(root, "package.json"), join(own, "package.json"));
  cpSync(join(root, "dist"), join(own, "dist"), {
    recursive: true,
    filter: (source) => source !== join(root, "dist", "plugins"),
  });
  for (const name of ["esbuild", "typescript", "vitest", "@types/node"]) {
    mkdirSync(dirname(join(target, name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(target, name), "junction");
  }
}
