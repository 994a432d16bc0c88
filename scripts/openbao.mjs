/**
 * Builds a real OpenBao into `test/.servers/openbao`, from the Go module that `test/servers/openbao` requires, for the tests of
 * the store VAULT that want one (`test/servers/openbao.ts`). Not part of the usual tests: it takes some ten minutes of a
 * processor core, and 6 GB of disk for Go's caches. Needs Go. What is there already is left alone.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const version = "2.4.0";
const module = fileURLToPath(new URL("../test/servers/openbao", import.meta.url));
const serversDir = fileURLToPath(new URL("../test/.servers", import.meta.url));
const finalDir = join(serversDir, "openbao");
const program = process.platform === "win32" ? "bao.exe" : "bao";

if ((await installedVersion()) === version) {
  console.log(`OpenBao ${version}: already there`);
} else {
  await mkdir(serversDir, { recursive: true });
  const folder = await mkdtemp(join(serversDir, "installing-openbao-"));
  try {
    await build(join(folder, program));
    const command = [`{folder}/${program}`];
    await writeFile(join(folder, "installed.json"), JSON.stringify({ version, command }, null, 2));
    await rm(finalDir, { recursive: true, force: true });
    await rename(folder, finalDir);
    console.log(`OpenBao ${version}: built`);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    console.error(`OpenBao ${version}: NOT built: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

async function installedVersion() {
  const text = await readFile(join(finalDir, "installed.json"), "utf8").catch(() => "{}");
  return /** @type {{ version?: string }} */ (JSON.parse(text)).version;
}

/** @param {string} target */
async function build(target) {
  // One package after the other, so that the machine stays usable; the caches make a second time short.
  const env = { ...process.env, CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "-p=1 -buildvcs=false" };
  const options = ["build", "-trimpath", "-ldflags", "-s -w", "-o", target, "."];
  await promisify(execFile)("go", options, { cwd: module, env, maxBuffer: 64 * 1024 * 1024 });
}
