/**
 * Runs the test suites on the single-file executable: `npm run test:executable`. It is built for this machine unless
 * CONFIGMANAGER_TEST_PROGRAM names one. Ends with `N passed, N failed`, and with 1 when something has failed.
 *
 * Two runs. In the first the tests are Node's and what they start is the executable, as the program and as each plugin. In the
 * second the executable runs the tests, since it can be made to be the runtime that it holds: of the host and the SDK, which
 * their tests load, against bad plugins and the plugins that are scripts.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");

/** Of the stores' own suites those in which the runtime can make a difference: one of each client, TLS, proxies, faults. */
const withNode = [
  "test/e2e",
  "test/conformance",
  "test/contract",
  "test/stores/network-cut.test.ts",
  "plugins/awsparamstr/src/moto.test.ts",
  "plugins/awssecrets/src/store.test.ts",
  "plugins/azappconf/src/store.test.ts",
  "plugins/azkvsecret/src/faults.test.ts",
  "plugins/aztablestore/src/azurite.test.ts",
  "plugins/gcpsecrets/src/network.test.ts",
  "plugins/gcpsecrets/src/service-account.test.ts",
  "plugins/vault/src/network.test.ts",
];
const withItself = [
  "host/",
  "plugins/sdk/",
  "cmd/child/",
  // The proxy that it plays speaks TLS over the socket of a CONNECT, which bun cannot as the server; as the client, see network-cut.
  "--exclude=plugins/sdk/remote/connections.test.ts",
];

const executable = resolve(root, process.env["CONFIGMANAGER_TEST_PROGRAM"] ?? build());
const report = await mkdtemp(join(tmpdir(), "test-executable-"));
const total = { passed: 0, failed: 0 };
try {
  await run(process.execPath, [], withNode, { CONFIGMANAGER_TEST_PROGRAM: executable });
  await run(executable, ["--bun"], withItself, { CONFIGMANAGER_TEST_PROGRAM: undefined, BUN_BE_BUN: "1" });
} finally {
  await rm(report, { recursive: true, force: true });
}
console.log(`${total.passed} passed, ${total.failed} failed`);
if (total.failed > 0) process.exitCode = 1;

/** @returns {string} */
function build() {
  const os = process.platform === "win32" ? "windows" : process.platform;
  const platform = `${os}-${process.arch === "x64" ? "amd64" : process.arch}`;
  const outDir = join("dist", "test-executable");
  const args = [join(root, "scripts", "release.mjs"), "--platform", platform, "--out-dir", outDir];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error("the executable could not be built");
  return join(outDir, `configmanager-${platform}${os === "windows" ? ".exe" : ""}`);
}

/**
 * @param {string} runtime
 * @param {readonly string[]} runtimeArgs
 * @param {readonly string[]} files
 * @param {Record<string, string | undefined>} env
 */
async function run(runtime, runtimeArgs, files, env) {
  const outputFile = join(report, `${total.passed}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${outputFile}`];
  const child = spawn(runtime, [...runtimeArgs, vitest, "run", ...reporters, ...files], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const exitCode = await new Promise((done, fail) => child.once("error", fail).once("exit", done));
  const counts = existsSync(outputFile) ? JSON.parse(await readFile(outputFile, "utf8")) : {};
  const { numPassedTests = 0, numFailedTests = 0 } = counts;
  total.passed += numPassedTests;
  // A suite that could not be loaded, or an unhandled error, fails the run without failing a test.
  total.failed += exitCode !== 0 && numFailedTests === 0 ? 1 : numFailedTests;
}
