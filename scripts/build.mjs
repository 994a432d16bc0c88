/**
 * Builds all that is published into `dist/`: the program, the library, the SDK and its test kit as bundles that share
 * chunks (a run opens few files), their types, the script plugins, and the licence texts of what was bundled.
 *
 * `--no-types` leaves the types out, for a quick try.
 */
import { execFile } from "node:child_process";
import { chmod, copyFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { buildPlugins } from "./build-plugins.mjs";
import { bundleOptions } from "./bundle-options.mjs";
import { thirdPartyNotices } from "./third-party-notices.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");

await rm(dist, { recursive: true, force: true });
const [program, plugins] = await Promise.all([
  bundleProgram(),
  buildPlugins({ outDir: join(dist, "plugins"), placeIn: join(root, ".configmanager", "plugins") }),
  process.argv.includes("--no-types") ? undefined : emitTypes(),
]);
await chmod(join(dist, "cmd", "main.js"), 0o755);
await copyFile(join(root, "config.schema.json"), join(dist, "config.schema.json"));
await writeFile(join(dist, "THIRD-PARTY-NOTICES.txt"), await thirdPartyNotices([program, ...plugins], root));

async function bundleProgram() {
  const { metafile } = await build({
    ...bundleOptions,
    metafile: true,
    absWorkingDir: root,
    entryPoints: {
      "cmd/main": "cmd/main.ts",
      index: "index.ts",
      plugin: "plugins/sdk/index.ts",
      "plugin-testing": "plugins/sdk/testing/index.ts",
    },
    outdir: dist,
    format: "esm",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    // What was CommonJS before it was bundled asks for Node's own modules through `require`.
    banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
  });
  return metafile;
}

async function emitTypes() {
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  await promisify(execFile)(process.execPath, [tsc, "-p", join(root, "tsconfig.types.json")]).catch((error) => {
    process.stderr.write(error.stdout);
    throw error;
  });
}
