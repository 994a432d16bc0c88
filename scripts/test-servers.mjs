/**
 * Installs the servers that the store plugins are tested against into `test/.servers/<name>`, each from its own registry, by
 * name and pinned version. A server whose version is there already is left alone; a folder under its final name is complete.
 *
 *   node scripts/test-servers.mjs [name…]      all of them unless named
 *
 * Exits with 1 when one could not be installed, after the others are done, and says which and why; one that the environment
 * variable `TEST_SERVERS_LEFT_OUT` names may fail, for machines whose registries do not have it. What is there is what the
 * tests use: see `test/servers/installed.ts`, which reads `installed.json`.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/**
 * @typedef {object} Server
 * @property {string} version
 * @property {(folder: string) => Promise<void>} install fills the folder, which is there and empty
 * @property {string[]} command what starts it; `{folder}` is where it is installed, `{node}` this Node
 */

const run = promisify(execFile);
const windows = process.platform === "win32";
const limitMs = 15 * 60_000;
const serversDir = fileURLToPath(new URL("../test/.servers", import.meta.url));

/** @type {Record<string, Server>} */
const servers = {
  moto: {
    version: "5.2.3",
    async install(folder) {
      const python = await findPython();
      await tool(python, ["-m", "venv", folder], "the module venv of Python");
      const pip = [join(folder, venvPython), "-m", "pip"];
      await tool(pip[0] ?? "", [...pip.slice(1), "install", "--quiet", `moto[server]==${this.version}`], "pip");
    },
    // A script of the environment would name the folder in which it was made.
    command: [windows ? "{folder}/Scripts/python.exe" : "{folder}/bin/python", "-m", "moto.server"],
  },
  azurite: {
    version: "3.35.0",
    async install(folder) {
      await installFromNpm(folder, `azurite@${this.version}`);
    },
    command: ["{node}", "{folder}/node_modules/azurite/dist/src/table/main.js"],
  },
  "lowkey-vault": {
    version: "3.4.33",
    async install(folder) {
      await tool("java", ["-version"], "Java 17 or newer");
      const artifact = `com.github.nagyesta.lowkey-vault:lowkey-vault-app:${this.version}`;
      const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy";
      const options = [`-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`, "-Dmdep.stripVersion=true"];
      await tool(
        "mvn",
        ["--batch-mode", "--quiet", "--update-snapshots", "-Dstyle.color=never", goal, ...options],
        "Maven",
        { cwd: folder, shell: windows },
      );
    },
    command: ["java", "-jar", "{folder}/lowkey-vault-app.jar"],
  },
  // No server, but as large as one: Google's own client, which the plugin is compared with.
  "google-client": {
    version: "6.3.0",
    async install(folder) {
      await installFromNpm(folder, `@google-cloud/secret-manager@${this.version}`);
    },
    command: ["{node}", "{folder}/node_modules/@google-cloud/secret-manager/build/src/index.js"],
  },
  "gcp-emulator": {
    version: "1.3.0",
    async install(folder) {
      const program = `github.com/blackwell-systems/gcp-secret-manager-emulator/cmd/server-dual@v${this.version}`;
      const env = { GOBIN: folder, GOWORK: "off", GOFLAGS: "", CGO_ENABLED: "0" };
      await tool("go", ["install", program], "Go 1.24 or newer", { cwd: folder, env });
    },
    command: [windows ? "{folder}/server-dual.exe" : "{folder}/server-dual"],
  },
};

const venvPython = windows ? join("Scripts", "python.exe") : join("bin", "python");

const names = process.argv.slice(2);
const unknown = names.filter((name) => servers[name] === undefined);
if (unknown.length > 0) {
  console.error(`no such server: ${unknown.join(", ")}; there are ${Object.keys(servers).join(", ")}`);
  process.exit(2);
}
await mkdir(serversDir, { recursive: true });
const wanted = Object.entries(servers).filter(([name]) => names.length === 0 || names.includes(name));
await Promise.all(wanted.map(([name, server]) => report(name, server)));

/**
 * @param {string} name
 * @param {Server} server
 */
async function report(name, server) {
  try {
    const done = await installUnlessThere(name, server);
    console.log(`${name} ${server.version}: ${done}`);
  } catch (error) {
    const leftOut = (process.env["TEST_SERVERS_LEFT_OUT"] ?? "").split(/[\s,]+/).includes(name);
    const why = error instanceof Error ? error.message : String(error);
    console.error(`${name} ${server.version}: NOT installed${leftOut ? " (its tests may be left out)" : ""}: ${why}`);
    if (!leftOut) process.exitCode = 1;
  }
}

/**
 * @param {string} name
 * @param {Server} server
 */
async function installUnlessThere(name, server) {
  const finalDir = join(serversDir, name);
  if ((await versionIn(finalDir)) === server.version) return "already there";
  const folder = await mkdtemp(join(serversDir, `installing-${name}-`));
  try {
    await server.install(folder);
    const { version, command } = server;
    await writeFile(join(folder, "installed.json"), JSON.stringify({ version, command }, null, 2));
    await rm(finalDir, { recursive: true, force: true });
    await rename(folder, finalDir);
    return "installed";
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    // An installation that ran at the same time was there first; its folder is as good.
    if ((await versionIn(finalDir)) === server.version) return "already there";
    throw error;
  }
}

/**
 * The version that is installed in a folder, if any.
 *
 * @param {string} folder
 * @returns {Promise<unknown>}
 */
async function versionIn(folder) {
  const record = await readFile(join(folder, "installed.json"), "utf8").catch(() => "{}");
  return JSON.parse(record).version;
}

/**
 * @param {string} folder
 * @param {string} spec
 */
async function installFromNpm(folder, spec) {
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true }));
  const options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await tool("npm", ["install", "--prefix", folder, ...options, spec], "npm", { shell: windows });
}

async function findPython() {
  for (const python of windows ? ["python", "python3"] : ["python3", "python"]) {
    const version = "import sys; sys.exit(sys.version_info < (3, 10))";
    const found = await run(python, ["-c", version]).then(
      () => true,
      () => false,
    );
    if (found) return python;
  }
  throw new Error("there is no Python 3.10 or newer on PATH");
}

/**
 * Runs a program to its end.
 *
 * @param {string} file
 * @param {string[]} args
 * @param {string} what the program, for people
 * @param {{ cwd?: string, shell?: boolean, env?: Record<string, string> }} [options]
 */
async function tool(file, args, what, { cwd = serversDir, shell = false, env = {} } = {}) {
  try {
    await run(file, args, {
      cwd,
      shell,
      env: { ...process.env, ...env },
      timeout: limitMs,
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    const {
      code,
      stdout = "",
      stderr = "",
    } = /** @type {{ code?: unknown, stdout?: string, stderr?: string }} */ (error);
    if (code === "ENOENT") throw new Error(`${what} is not on PATH`, { cause: error });
    throw new Error(`${what} said:\n${lastLines(`${stdout}\n${stderr}`)}`, { cause: error });
  }
}

/**
 * The end of what a program printed, where it says why. Addresses are left out: which mirror a machine uses is its own
 * business, and an address may hold a password.
 *
 * @param {string} output
 */
function lastLines(output) {
  const lines = output
    .replaceAll(/\bhttps?:\/\/[^\s"'<>)]+/g, "<address>")
    .replaceAll(/\u001B\[[\d;]*m/g, "")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !/^\[ERROR\] (\[Help|Re-run|To see|For more|$)/.test(line));
  return lines
    .slice(-8)
    .map((line) => `  ${line.slice(0, 400)}`)
    .join("\n");
}
