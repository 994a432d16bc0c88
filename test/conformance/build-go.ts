/**
 * Builds the Go programs that the conformance tests talk to: a plugin and a host on the real go-plugin. They are made
 * from the module in `go/` when a test asks for them, so that no binary is committed.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

/** Absolute paths of the two executables; `go/cmd/<name>/main.go` says what they understand. */
export interface GoBinaries {
  readonly plugin: string;
  readonly host: string;
}

const run = promisify(execFile);
// Bundled into a benchmark this file is elsewhere; benchmarks run in the root of the checkout.
const besideThis = path.join(import.meta.dirname, "go");
const moduleDir = existsSync(besideThis) ? besideThis : path.resolve("test", "conformance", "go");
const names = ["plugin", "host"] as const;

/**
 * Builds both programs, or takes them from an earlier build of the same sources by the same Go.
 *
 * Safe to call from several test files and processes at once: whoever is second uses what the first has put in place.
 *
 * @param outDir where builds are kept, one folder for each state of the sources; made when it is not there
 * @returns `undefined` when there is no `go` on PATH; a Go that cannot build is an error with the compiler's output
 */
export async function buildGoBinaries(outDir: string): Promise<GoBinaries | undefined> {
  const goVersion = await readGoVersion();
  if (goVersion === undefined) return undefined;

  const parent = path.resolve(outDir);
  const finalDir = path.join(parent, `go-${await hashSources(goVersion)}`);
  if (!(await exists(finalDir))) await buildInto(finalDir, parent);
  return { plugin: executable(finalDir, "plugin"), host: executable(finalDir, "host") };
}

async function readGoVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await run("go", ["version"], { cwd: moduleDir });
    return stdout.trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** One digest over the compiler's version and each file's path and content, in the order of the paths. */
async function hashSources(goVersion: string): Promise<string> {
  const entries = await readdir(moduleDir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(moduleDir, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, "/"))
    .toSorted();
  const hash = createHash("sha256").update(`${goVersion}\n`);
  for (const file of files) {
    const content = await readFile(path.join(moduleDir, file));
    // The length keeps one file's end from being taken for the next one's beginning.
    hash.update(`${file}\n${content.length}\n`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

/** Builds beside the final folder and renames, so that a folder under its final name is always complete. */
async function buildInto(finalDir: string, parent: string): Promise<void> {
  await mkdir(parent, { recursive: true });
  const buildDir = await mkdtemp(path.join(parent, "building-"));
  try {
    for (const name of names) {
      await run("go", ["build", "-trimpath", "-o", executable(buildDir, name), `./cmd/${name}`], {
        cwd: moduleDir,
        // No C compiler is needed, no workspace file above may interfere, and go.mod stays as it is.
        env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "-mod=readonly -buildvcs=false" },
        maxBuffer: 16 * 1024 * 1024,
      });
    }
    await rename(buildDir, finalDir);
  } catch (error) {
    await rm(buildDir, { recursive: true, force: true });
    // A build that ran at the same time was there first; its folder is as good.
    if (!(await exists(finalDir))) throw error;
  }
}

function executable(directory: string, name: (typeof names)[number]): string {
  return path.join(directory, process.platform === "win32" ? `${name}.exe` : name);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
