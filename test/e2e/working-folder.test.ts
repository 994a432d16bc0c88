/** Files that runtimes and their tools look for in the working directory are the user's project, and none of the program's business. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { run, workFolder } from "./program.ts";

const code = 'require("node:fs").writeFileSync("has-run", "");';
const files: Readonly<Record<string, string>> = {
  ".env": "SNEAKED_IN=yes\n",
  ".env.local": "SNEAKED_IN=yes\n",
  ".env.development": "SNEAKED_IN=yes\n",
  ".env.production": "SNEAKED_IN=yes\n",
  ".npmrc": "node-options=--require=./code.cjs\n",
  "bunfig.toml": 'preload = ["./code.cjs"]\n',
  "code.cjs": code,
  "configmanager.js": code,
  "index.js": code,
  "retrieve.js": code,
  "node_modules/commander/index.js": code,
  "node_modules/process/index.js": code,
  "package.json": JSON.stringify({ type: "commonjs", main: "code.cjs", scripts: { retrieve: "node code.cjs" } }),
  "tsconfig.json": JSON.stringify({ compilerOptions: { paths: { "node:fs": ["./code.cjs"] } } }),
};

it.each<{ name: string; changes: Readonly<Record<string, string>> }>([
  { name: "whole", changes: {} },
  { name: "broken", changes: { "package.json": "{", "tsconfig.json": "{", "bunfig.toml": "[", ".env": "\0" } },
])("what lies in the working directory changes nothing and runs nothing, when it is $name", async ({ changes }) => {
  const cwd = workFolder();
  for (const [name, content] of Object.entries({ ...files, ...changes })) {
    mkdirSync(join(cwd, dirname(name)), { recursive: true });
    writeFileSync(join(cwd, name), content);
  }
  // The plugin is started there too.
  const tokens = ["-t", "A=ENV://SNEAKED_IN[default=no]", "-t", "B=ENV://GIVEN"];
  const { exitCode, stdout, stderr } = await run(["retrieve", ...tokens, "-p", "stdout"], { cwd, env: { GIVEN: "b" } });
  expect([exitCode, stderr, stdout.toString()]).toEqual([0, "", "export A='no'\nexport B='b'\n"]);
  expect(existsSync(join(cwd, "has-run"))).toBe(false);
});
