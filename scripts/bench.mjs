/**
 * Runs every benchmark of `bench/`, or those whose names are given: `npm run bench -- start scan`.
 *
 * Each prints its figures as ratios to a named yardstick of the same run. They never fail: a figure is read by people.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildPlugin } from "./build-plugins.mjs";
import { bundleOptions } from "./bundle-options.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const outDir = join(root, "bench", ".build");
const asked = process.argv.slice(2);
const names = readdirSync(join(root, "bench"))
  .filter((file) => file.endsWith(".bench.ts"))
  .map((file) => file.replace(/\.bench\.ts$/, ""))
  .filter((name) => asked.length === 0 || asked.includes(name));

mkdirSync(outDir, { recursive: true });
await build({
  ...bundleOptions,
  absWorkingDir: root,
  entryPoints: names.map((name) => `bench/${name}.bench.ts`),
  outdir: outDir,
  outExtension: { ".js": ".mjs" },
  format: "esm",
  splitting: true,
  banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
});
await buildPlugin("test/fixtures/plugins/empty/main.ts", join(outDir, "empty"));
for (const file of readdirSync(join(root, "bench", "yardsticks"))) {
  await buildPlugin(`bench/yardsticks/${file}`, join(outDir, file.replace(/\.ts$/, ".cjs")));
}
for (const name of names) {
  console.log(`\n## ${name}`);
  execFileSync(process.execPath, ["--expose-gc", join(outDir, `${name}.bench.mjs`)], { cwd: root, stdio: "inherit" });
}
