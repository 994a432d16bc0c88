/**
 * Builds all that is published into `dist/`: the program; the library, the SDK and its test kit as modules that share
 * chunks; their types, the script plugins, and the licence texts of what was bundled.
 *
 * The program is CommonJS: Node starts that a good 30 ms sooner than the same code as modules. It is one file, and one more
 * for each part that is loaded late or seldom, so that a run opens and compiles what it needs and nothing else.
 *
 * `--no-types` leaves the types out, for a quick try.
 */
import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { buildPlugins } from "./build-plugins.mjs";
import { bundleOptions } from "./bundle-options.mjs";
import { thirdPartyNotices } from "./third-party-notices.mjs";
import { writePluginCode } from "./write-plugin-code.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");

/**
 * Loaded by the program when it needs them: beside the start of a plugin; for a configuration, a folder or glob, a watch,
 * values in YAML and the like; for commands that are seldom called, and those for plugins.
 */
const lateParts = {
  "over-grpc": "host/over-grpc.ts",
  "seldom-calls": "host/seldom-calls.ts",
  "parse-file": "internal/config/parse-file.ts",
  "open-inputs": "cmd/inputs/open-inputs.ts",
  "watch-job": "cmd/watch/watch-job.ts",
  "watch-exec": "cmd/watch/watch-exec.ts",
  "exec-run": "cmd/commands/exec-run.ts",
  escaper: "internal/write/escape/escaper.ts",
  "valid-yaml": "facade/valid-yaml.ts",
  seldom: "cmd/commands/seldom.ts",
  "plugin-commands": "cmd/commands/plugin-commands.ts",
  "run-assertions": "authoring/plugin-test/run-assertions.ts",
  compare: "internal/write/compare.ts",
  "folder-trust": "host/trust/folder-trust.ts",
  sigstore: "host/install/signatures/sigstore.ts",
  "ask-trust": "cmd/ask-trust.ts",
  "read-answer": "cmd/read-answer.ts",
};

// A release that was built stays: the tests look at it.
for (const name of await readdir(dist).catch(() => [])) {
  if (!/^\.?release$/.test(name)) await rm(join(dist, name), { recursive: true, force: true });
}
const [program, library, plugins] = await Promise.all([
  bundleProgram(),
  bundleLibrary(),
  buildPlugins({ outDir: join(dist, "plugins"), placeIn: join(root, ".configmanager", "plugins") }),
  process.argv.includes("--no-types") ? undefined : emitTypes(),
]);
for (const file of ["bin.cjs", "plugin.cjs"]) await copyFile(join(root, "cmd", file), join(dist, "cmd", file));
await chmod(join(dist, "cmd", "bin.cjs"), 0o755);
await writeCode();
await writePluginCode(join(dist, "plugins"));
await copyFile(join(root, "config.schema.json"), join(dist, "config.schema.json"));
await writeFile(join(dist, "THIRD-PARTY-NOTICES.txt"), await thirdPartyNotices([program, library, ...plugins], root));

async function bundleProgram() {
  const { metafile } = await build({
    ...bundleOptions,
    metafile: true,
    absWorkingDir: root,
    entryPoints: { main: "cmd/main.ts", ...lateParts },
    outdir: join(dist, "cmd"),
    outExtension: { ".js": ".cjs" },
    format: "cjs",
    // A late part is required, not imported: that would start Node's loader of modules.
    supported: { "dynamic-import": false },
    minify: true,
    define: { "import.meta.url": "__moduleUrl" },
    banner: { js: 'const __moduleUrl=require("node:url").pathToFileURL(__filename).href;' },
    plugins: [
      {
        name: "late parts",
        setup(bundle) {
          const filter = new RegExp(`/(${Object.keys(lateParts).join("|")})\\.ts$`);
          bundle.onResolve({ filter }, ({ path, kind }) => {
            if (kind !== "dynamic-import") return undefined;
            return { path: path.replace(/^.*\/(.*)\.ts$/, "./$1.cjs"), external: true };
          });
        },
      },
    ],
  });
  return metafile;
}

async function bundleLibrary() {
  const { metafile } = await build({
    ...bundleOptions,
    metafile: true,
    absWorkingDir: root,
    entryPoints: {
      index: "index.ts",
      plugin: "plugins/sdk/index.ts",
      "plugin-testing": "plugins/sdk/testing/index.ts",
    },
    outdir: dist,
    format: "esm",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    // What was CommonJS before it was bundled asks for Node's own modules through `require`. Without `import.meta`, so that an
    // author can bundle this once more, in any format.
    banner: { js: 'const require=process.getBuiltinModule("node:module").createRequire(process.execPath);' },
  });
  return metafile;
}

/**
 * Runs the program as users do, the commonest run last: with a configuration, and a value that is written into YAML. What a run
 * loads is written with what it has called.
 */
async function writeCode() {
  const program = join(dist, "cmd", "main.cjs");
  const script = fileURLToPath(new URL("write-code.mjs", import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), "cm-build-"));
  const runs = [
    ["check", "in.yaml"],
    ["render", "*.yaml", "--out-dir", "out"],
    ["exec", "-t", "BUILD=ENV://BUILD[default=text]", "--", process.execPath, "-e", "0"],
    ["string-input", "-i", "a: ENV://BUILD[default=text]", "--escape", "yaml", "-p", "stdout"],
  ];
  try {
    await mkdir(join(folder, ".configmanager"));
    await writeFile(join(folder, ".configmanager", "config.yaml"), "stores: { ENV: { timeout: 60s } }\n");
    await writeFile(join(folder, "in.yaml"), "a: ENV://BUILD[default=text]\n");
    for (const args of runs) await promisify(execFile)(process.execPath, [script, program, ...args], { cwd: folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function emitTypes() {
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  await promisify(execFile)(process.execPath, [tsc, "-p", join(root, "tsconfig.types.json")]).catch((error) => {
    process.stderr.write(error.stdout);
    throw error;
  });
}
