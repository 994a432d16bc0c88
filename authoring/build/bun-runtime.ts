import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import type { ExecutablePlatform } from "./executable-platforms.ts";
import { runTool, type ToolSurroundings } from "./run-tool.ts";

/** The version of bun that executables are compiled with unless something else is asked for: the one this is tested with. */
export const bunVersion = "1.4.5";

/** Where runtimes come from and are kept. */
export interface RuntimeOptions extends ToolSurroundings {
  /** Absolute; runtimes of all versions are kept here, about 100 MB each. */
  readonly cacheDir: string;
  /** An exact version of bun. */
  readonly version: string;
  /** What the package's tarball must hash to, as npm writes it (`sha512-…`), by package; what the registry says unless set. */
  readonly integrities?: Readonly<Record<string, string>> | undefined;
}

/**
 * The file of a platform's runtime: the executable that a compiled one begins with, and the compiler where it is this
 * machine's. Fetched by npm, which checks the tarball, the first time it is asked for.
 *
 * @throws CM_BUILD_TOOL_MISSING without npm, CM_BUILD_FAILED when it cannot be fetched, CM_CHECKSUM_MISMATCH when it is not the
 * one that is asked for
 */
export async function bunRuntime(platform: ExecutablePlatform, options: RuntimeOptions): Promise<string> {
  const { cacheDir, version, integrities } = options;
  const name = `${platform.runtimePackage.replace("@oven/", "")}-${version}`;
  const folder = path.join(cacheDir, name);
  const file = path.join("node_modules", ...platform.runtimePackage.split("/"), "bin", `bun${platform.extension}`);
  if (!existsSync(path.join(folder, file))) await fetchInto(folder, platform, options);
  const wanted = integrities?.[platform.runtimePackage];
  if (wanted !== undefined) await checkIntegrity(folder, platform.runtimePackage, version, wanted);
  return path.join(folder, file);
}

// Beside its place and renamed, so that a folder under its name is whole; of two at once the first is kept.
async function fetchInto(folder: string, platform: ExecutablePlatform, options: RuntimeOptions): Promise<void> {
  await mkdir(options.cacheDir, { recursive: true });
  const temporary = await mkdtemp(path.join(options.cacheDir, "fetching-"));
  try {
    await writeFile(path.join(temporary, "package.json"), '{ "private": true }\n');
    const spec = `${platform.runtimePackage}@${options.version}`;
    // It is for another system more often than not, which is what --force is for.
    const args = ["install", "--no-save", "--force", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    await runTool(npmCommand(options.env), [...args, spec], { ...options, cwd: temporary });
    await rename(temporary, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

// A program that npm has started knows npm's own script; else it is on the PATH.
function npmCommand(env: RuntimeOptions["env"]): string {
  return env["OS"] === "Windows_NT" ? "npm.cmd" : "npm";
}

// npm has checked the tarball against what the registry said, and notes that beside what it unpacked.
async function checkIntegrity(folder: string, name: string, version: string, wanted: string): Promise<void> {
  const lock: unknown = JSON.parse(await readFile(path.join(folder, "node_modules", ".package-lock.json"), "utf8"));
  const { packages } = lock as { readonly packages?: Readonly<Record<string, { readonly integrity?: string }>> };
  const found = packages?.[`node_modules/${name}`]?.integrity;
  if (found === wanted) return;
  throw new ConfigManagerError("CM_CHECKSUM_MISMATCH", `"${name}" ${version} is not the one that was pinned`, {
    hint: `it has ${found ?? "no checksum"} instead of ${wanted}: find out which of the two is right, and delete "${folder}"`,
  });
}
