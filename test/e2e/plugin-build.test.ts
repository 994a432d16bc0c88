/** `plugin build` as an author of a plugin runs it, in a project with the SDK and esbuild, and what hosts make of the result. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bunRuntime, bunVersion, executablePlatforms, sha256OfFile } from "../../authoring/index.ts";
import { platformName } from "../../host/index.ts";
import { root } from "../helpers/source-files.ts";
import { installPlugin, run, workFolder } from "./program.ts";

const platform = platformName(process.platform, process.arch);
/** Where runtimes are kept between runs, so that they are fetched once. */
const cache = join(root, "node_modules", ".cache");
const here = executablePlatforms.find(({ name }) => name === platform)!;
const runtimeFolder = join(cache, "configmanager", "bun");
const hasRuntime =
  process.env["CI"] !== undefined ||
  existsSync(join(runtimeFolder, `${here.runtimePackage.replace("@oven/", "")}-${bunVersion}`));
if (!hasRuntime) console.warn("bun was not fetched yet (npm run release): executables of plugins are NOT TESTED");

const source = `import { serve } from "configmanager/plugin";
serve({ prefix: "MYSTORE", value: ({ path }: { path: string }) => "value of " + path });\n`;

/** A folder with a plugin's project. */
function project({ content = source, modules = ["configmanager", "esbuild"] } = {}): string {
  const cwd = workFolder();
  mkdirSync(join(cwd, "src"));
  mkdirSync(join(cwd, "node_modules"));
  for (const name of modules) {
    symlinkSync(name === "configmanager" ? root : join(root, "node_modules", name), join(cwd, "node_modules", name));
  }
  writeFileSync(join(cwd, "package.json"), '{ "name": "@me/configmanager-plugin-mystore", "type": "module" }');
  writeFileSync(join(cwd, "src", "main.ts"), content);
  return cwd;
}

const build = (cwd: string, ...args: readonly string[]): ReturnType<typeof run> =>
  run(["plugin", "build", ...args], { cwd, env: { XDG_CACHE_HOME: cache } });

describe("what is built", () => {
  it.each(hasRuntime ? ["script", "executable"] : ["script"])("is a plugin that a host runs (%s)", async (form) => {
    const cwd = project();
    const built = await build(cwd, "--form", form);
    expect(built.stderr).toBe("checksums are in dist/SHA256SUMS\n");
    const file = join(cwd, "dist", `mystore-${platform}`);
    expect(built.stdout.toString()).toMatch(
      new RegExp(`^dist/mystore-${platform}  [0-9.]+ MB  sha256:[0-9a-f]{12}…\n$`),
    );
    expect(readFileSync(join(cwd, "dist", "SHA256SUMS"), "utf8")).toBe(
      `${await sha256OfFile(file)}  mystore-${platform}\n`,
    );
    installPlugin(cwd, "mystore", file);
    const { stdout } = await run(["string-input", "-i", "MYSTORE://a/b", "-p", "-"], { cwd });
    expect(stdout.toString()).toBe("value of a/b");
  });

  it("is a script with one line for its interpreter, also when main.ts has one", async () => {
    const cwd = project({ content: `#!/usr/bin/env -S tsx\n${source}` });
    await build(cwd, "--form", "script");
    const file = join(cwd, "dist", `mystore-${platform}`);
    expect(readFileSync(file, "utf8").split("\n", 2)).toEqual([
      "#!/usr/bin/env node",
      expect.stringMatching(/^var require=/),
    ]);
    installPlugin(cwd, "mystore", file);
    const { stdout, stderr } = await run(["string-input", "-i", "MYSTORE://a/b", "-p", "-"], { cwd });
    expect([stdout.toString(), stderr]).toEqual(["value of a/b", ""]);
  });

  it("is the same script for every system that runs scripts", async () => {
    const cwd = project();
    await build(cwd, "--form", "script", "--platform", "all", "--out-dir", "out", "--name", "other");
    const names = ["darwin-amd64", "darwin-arm64", "linux-amd64", "linux-arm64"].map((name) => `other-${name}`);
    expect(readdirSync(join(cwd, "out")).toSorted()).toEqual(["SHA256SUMS", ...names]);
    expect(new Set(names.map((name) => readFileSync(join(cwd, "out", name), "utf8"))).size).toBe(1);
  });
});

describe("what cannot be built", () => {
  it("is told with its place, and leaves what was there", async () => {
    const cwd = project({ content: "const a = ;\n" });
    mkdirSync(join(cwd, "dist"));
    writeFileSync(join(cwd, "dist", "SHA256SUMS"), "of before");
    const { exitCode, stderr } = await build(cwd, "--form", "script");
    expect(exitCode).toBe(5);
    expect(stderr).toContain('error CM_BUILD_FAILED: "esbuild" failed');
    expect(stderr).toContain("src/main.ts:1:10:");
    expect(readdirSync(join(cwd, "dist"))).toEqual(["SHA256SUMS"]);
    expect(readFileSync(join(cwd, "dist", "SHA256SUMS"), "utf8")).toBe("of before");
  });

  it.each<{ what: string; modules?: string[]; args?: string[]; expected: string }>([
    {
      what: "a project without esbuild",
      modules: ["configmanager"],
      expected: 'error CM_BUILD_TOOL_MISSING: the build needs "esbuild", which is not there\n  hint: run "npm install',
    },
    {
      what: "a platform that nobody knows",
      args: ["--platform", "linux-amd46"],
      expected: 'error CM_USAGE: "linux-amd46" is no platform that can be built for\n  hint: write linux-amd64\n',
    },
    {
      what: "a script for Windows",
      args: ["--form", "script", "--platform", "windows-arm64"],
      expected: 'error CM_USAGE: a script cannot be run on "windows-arm64"\n',
    },
    {
      what: "a name that no plugin can have",
      args: ["--name", "my-store"],
      expected: 'error CM_USAGE: "my-store" cannot be a plugin\'s name\n',
    },
    {
      what: "a file that is not there",
      args: ["--entry", "src/plugin.ts"],
      expected: 'error CM_INPUT_UNREADABLE: there is no file "src/plugin.ts" to build\n',
    },
  ])("$what is refused", async ({ modules, args = [], expected }) => {
    const cwd = project(modules === undefined ? {} : { modules });
    const { exitCode, stderr } = await build(cwd, ...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(expected);
    expect(existsSync(join(cwd, "dist", "SHA256SUMS"))).toBe(false);
  });
});

it.runIf(hasRuntime)("a runtime that is not the pinned one is not used", async () => {
  const options = { cwd: root, env: process.env, cacheDir: runtimeFolder, version: bunVersion };
  await expect(
    bunRuntime(here, { ...options, integrities: { [here.runtimePackage]: "sha512-AAAA" } }),
  ).rejects.toMatchObject({ code: "CM_CHECKSUM_MISMATCH" });
});
