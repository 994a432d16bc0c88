/**
 * Packs the package as it would be published and looks at it as users would: publint and attw on the tarball, its size,
 * and an installation into an empty folder where the program runs, the library and the SDK load from plain JavaScript,
 * and their types compile.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const maxInstalledBytes = 30 * 1024 * 1024;
const maxTarballBytes = 12 * 1024 * 1024;
const maxPluginBytes = 3 * 1024 * 1024;
const shippedPlugins =
  "awsparamstr awssecrets azappconf azkvsecret aztablestore env exec file gcpsecrets local vault".split(" ");
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "cm-package-"));
try {
  run(root, "npm", "run", "--silent", "build");
  run(root, "npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", folder);
  const tarball = join(folder, readdirSync(folder).find((file) => file.endsWith(".tgz")) ?? "");
  const packed = statSync(tarball).size;
  check(packed < maxTarballBytes, `the tarball has ${packed} bytes`);
  run(root, "npx", "publint", "run", tarball, "--strict");
  run(root, "npx", "attw", tarball, "--profile", "esm-only");

  const user = join(folder, "user");
  mkdirSync(user);
  writeFileSync(join(user, "package.json"), '{ "name": "user", "private": true, "type": "module" }');
  run(user, "npm", "install", "--silent", "--no-audit", "--no-fund", tarball);
  const installed = sizeOf(join(user, "node_modules"));
  check(installed < maxInstalledBytes, `the package takes ${installed} bytes with its dependencies`);

  const plugins = join(user, "node_modules", "configmanager", "dist", "plugins");
  const scripts = readdirSync(plugins).filter((file) => file.endsWith(".cjs"));
  check(
    scripts.join() === shippedPlugins.map((name) => `${name}.cjs`).join(),
    `the plugins that ship: ${scripts.join()}`,
  );
  for (const script of scripts) {
    const { size } = statSync(join(plugins, script));
    check(size <= maxPluginBytes, `${script} has ${size} bytes`);
    // Alone in a folder, with nothing around it that it could load.
    const alone = join(folder, script);
    copyFileSync(join(plugins, script), alone);
    const { status, stderr } = spawnSync(process.execPath, [alone], { cwd: folder, encoding: "utf8", env: {} });
    check(status === 1 && /plugin/.test(stderr), `${script} run by hand ends with ${status}: ${stderr}`);
  }

  writeFileSync(join(user, "dev.yaml"), "db:\n  host: db.example.com\n");
  writeFileSync(join(user, "app.conf"), "host=FILE://dev.yaml|db.host\nuser=ENV://PACKAGE_CHECK\n");
  const rendered = run(user, "npx", "configmanager", "render", "app.conf");
  check(rendered === "host=db.example.com\nuser=somebody\n", `unexpected output: ${rendered}`);

  writeFileSync(
    join(user, "library.js"),
    `import { createConfigManager } from "configmanager";
     import { notFound, serve } from "configmanager/plugin";
     import * as testing from "configmanager/plugin/testing";
     const manager = createConfigManager();
     const text = await manager.render("ENV://PACKAGE_CHECK");
     await manager[Symbol.asyncDispose]();
     console.log(text, typeof serve, typeof notFound, Object.keys(testing).length > 0);`,
  );
  const library = run(user, "node", "library.js");
  check(library === "somebody function function true\n", `unexpected output: ${library}`);

  writeFileSync(
    join(user, "types.ts"),
    `import { createConfigManager, type ConfigManager } from "configmanager";
     import { notFound, serve } from "configmanager/plugin";
     import "configmanager/plugin/testing";
     const manager: ConfigManager = createConfigManager({ timeoutMs: 1000 });
     export const text: Promise<string> = manager.render("x");
     export const bytes: Promise<Uint8Array> = manager.render(new Uint8Array());
     // @ts-expect-error -- an unknown option is refused by the types too
     createConfigManager({ nonsense: true });
     serve({ prefix: "X", value: ({ path }) => path === "" ? notFound(path) : path });`,
  );
  const types = [
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--lib",
    "es2023,esnext.disposable",
  ];
  run(
    user,
    process.execPath,
    join(root, "node_modules/typescript/bin/tsc"),
    ...types,
    "--types",
    "node",
    "--typeRoots",
    join(root, "node_modules/@types"),
    "types.ts",
  );
  console.log(`${packed} bytes packed, ${installed} bytes installed`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {string} cwd @param {string} command @param {...string} args */
function run(cwd, command, ...args) {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", env: { ...process.env, PACKAGE_CHECK: "somebody" } });
  } catch (error) {
    const { stdout } = /** @type {{ stdout?: string }} */ (error);
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout ?? ""}`, { cause: error });
  }
}

/** @param {boolean} holds @param {string} message */
function check(holds, message) {
  if (!holds) throw new Error(message);
}

/** @param {string} path @returns {number} */
function sizeOf(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  return stats.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0) : stats.size;
}
