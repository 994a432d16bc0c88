/**
 * The single-file executable against a Go host on the real go-plugin, whole processes in turn: one token through a Go plugin
 * (goal: at most 2.5 ×) and through its own (3.5 ×), seven of its own plugins against one (3 ×), 10,000 distinct tokens through
 * one that is made with the SDK and, like the Go plugin, gives back what it is asked for (0.25 ×; how the Go host asks decides). Takes the executable of
 * CONFIGMANAGER_TEST_PROGRAM, else builds this machine's.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildPlugin, bunVersion, executablePlatforms } from "../authoring/index.ts";
import { platformName } from "../host/platform.ts";
import { buildGoBinaries } from "../test/conformance/build-go.ts";
import { type Command, measureInTurn, printRatios } from "./processes.ts";

const many = 10_000;
const platform = platformName(process.platform, process.arch);
const folder = mkdtempSync(join(tmpdir(), "cm-bench-"));
try {
  const go = await buildGoBinaries(resolve("test/.build/go"));
  if (go === undefined) console.log("Go is not there: nothing to measure against");
  else {
    await buildEmptyPlugin();
    compare(go, process.env["CONFIGMANAGER_TEST_PROGRAM"] ?? build());
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function build(): string {
  const outDir = join(folder, "release");
  const args = ["scripts/release.mjs", "--platform", platform, "--out-dir", outDir];
  execFileSync(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  return join(outDir, `configmanager-${platform}${process.platform === "win32" ? ".exe" : ""}`);
}

async function buildEmptyPlugin(): Promise<void> {
  const here = executablePlatforms.find(({ name }) => name === platform);
  if (here === undefined) throw new Error(`there is no executable for ${platform}`);
  const plugin = {
    name: "empty",
    entry: resolve("test/fixtures/plugins/empty/main.ts"),
    outDir: join(folder, ".configmanager", "plugins", "empty"),
    form: "executable",
    platforms: [here],
    here,
  } as const;
  await buildPlugin(plugin, {
    cwd: resolve("."),
    env: process.env,
    cacheDir: resolve("node_modules/.cache/configmanager/bun"),
    version: bunVersion,
    platform: process.platform,
    arch: process.arch,
  });
}

function compare(go: { readonly host: string; readonly plugin: string }, executable: string): void {
  const plugins = join(folder, ".configmanager", "plugins", "gostore");
  mkdirSync(plugins, { recursive: true, mode: 0o755 });
  copyFileSync(go.plugin, join(plugins, `gostore-${platform}`));
  const aliases = ["ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN"];
  writeFileSync(
    join(folder, ".configmanager", "config.yaml"),
    `stores:\n${aliases.map((name) => `  ${name}: { plugin: env }\n`).join("")}`,
  );
  const paths = Array.from({ length: many }, (_, index) => `app/value-${index}`);
  writeFileSync(join(folder, "many"), paths.map((path) => `EMPTY://${path}\n`).join(""));
  writeFileSync(join(folder, "one"), "ONE://HOME\n");
  writeFileSync(join(folder, "seven"), aliases.map((name) => `${name}://HOME\n`).join(""));
  const cwd = folder;

  const one = (name: string, token: string): Command => ({
    name,
    argv: [executable, "string-input", "-i", `${token}\n`, "-p", "stdout"],
    cwd,
  });
  printRatios(
    measureInTurn(
      [
        { name: "Go host, Go plugin, one token", argv: [go.host, "-plugin", go.plugin, "-token", "a"], cwd },
        one("executable, Go plugin, one token", "GOSTORE://a"),
        one("executable, its own plugin, one token", "ENV://HOME"),
        { name: "executable --version", argv: [executable, "--version"], cwd },
      ],
      30,
    ),
  );
  console.log();
  printRatios(
    measureInTurn(
      [
        { name: "one of its own plugins", argv: [executable, "render", "one"], cwd },
        { name: "seven of its own plugins", argv: [executable, "render", "seven"], cwd },
      ],
      15,
    ),
  );
  console.log();
  printRatios(
    measureInTurn(
      [
        {
          name: `Go host, Go plugin, ${many} tokens one by one`,
          argv: [go.host, "-plugin", go.plugin, ...paths.flatMap((path) => ["-token", path])],
          cwd,
        },
        {
          name: `the same, all at once`,
          argv: [go.host, "-plugin", go.plugin, "-concurrent", ...paths.flatMap((path) => ["-token", path])],
          cwd,
        },
        {
          name: `the same, 16 at a time, and nothing printed`,
          argv: [go.host, "-plugin", go.plugin, "-bench", String(many), "-c", "16"],
          cwd,
        },
        { name: `executable, its own plugin, ${many} tokens`, argv: [executable, "render", "many"], cwd },
      ],
      7,
    ),
  );
}
