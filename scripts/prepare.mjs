/**
 * Builds when npm takes the package from a clone (`npm install git+…`, a hook of pre-commit), which has no `dist/`; npm runs this
 * script alone then. A developer's `npm ci` builds nothing: tests and examples do.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import process from "node:process";

const root = fileURLToPath(new URL("..", import.meta.url));
const isThere = (/** @type {string} */ path) => existsSync(fileURLToPath(new URL(`../${path}`, import.meta.url)));

if (process.env["npm_command"] !== "ci" && !isThere("dist/cmd/bin.cjs")) {
  if (!isThere("node_modules/esbuild")) installWhatBuilds();
  process.argv.push("--no-types");
  await import("./build.mjs");
}

/**
 * npm installs what a clone is built with by a second npm, which `npm install --global` makes believe that it is to install
 * globally too: nothing is there then.
 */
function installWhatBuilds() {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(config_(global|location)|command)$/i.test(name),
  );
  const npm = process.env["npm_execpath"] ?? "npm-cli.js was not named";
  const args = [npm, "ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund", "--global=false"];
  execFileSync(process.execPath, args, { cwd: root, env: Object.fromEntries(inherited), stdio: "ignore" });
}
