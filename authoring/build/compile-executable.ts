import { chmod, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { bunRuntime, type RuntimeOptions } from "./bun-runtime.ts";
import type { ExecutablePlatform } from "./executable-platforms.ts";
import { runTool } from "./run-tool.ts";

/** What is compiled, and into what. */
export interface CompileRequest {
  /** A CommonJS file for Node; what it requires beside it goes in too. The same bytes in any folder give the same executable. */
  readonly entry: string;
  /** Its base name is part of what is written. */
  readonly outFile: string;
  readonly platform: ExecutablePlatform;
  /** The platform of this machine. */
  readonly here: ExecutablePlatform;
}

/**
 * Compiles a program into a single file that needs nothing else, by `bun build --compile --bytecode`.
 *
 * The file is whole or not there. It reads no `.env` and no `bunfig.toml` of the folder that it is started in.
 *
 * @returns its size in bytes
 * @throws CM_BUILD_FAILED, CM_BUILD_TOOL_MISSING, CM_CHECKSUM_MISMATCH
 */
export async function compileExecutable(request: CompileRequest, options: RuntimeOptions): Promise<number> {
  const { entry, outFile, platform, here } = request;
  const [compiler, runtime] = await Promise.all([bunRuntime(here, options), bunRuntime(platform, options)]);
  const outDir = path.dirname(path.resolve(options.cwd, outFile));
  await mkdir(outDir, { recursive: true });
  // In the same folder, so that it can be renamed, and with its own name, which the executable holds.
  const temporary = await mkdtemp(path.join(outDir, ".building-"));
  try {
    const built = path.join(temporary, path.basename(outFile));
    await runTool(compiler, compilerArgs(entry, built, platform, runtime), {
      ...options,
      cwd: path.dirname(path.resolve(options.cwd, entry)),
      env: withoutBunVariables(options.env),
    });
    await chmod(built, 0o755);
    const { size } = await stat(built);
    await rename(built, path.join(outDir, path.basename(outFile)));
    return size;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function compilerArgs(entry: string, built: string, platform: ExecutablePlatform, runtime: string): readonly string[] {
  return [
    "build",
    path.basename(entry),
    "--compile",
    "--bytecode",
    "--minify",
    `--target=${platform.target}`,
    `--compile-executable-path=${runtime}`,
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    // Most runs are over before compiled code pays: a fifth of a run of one token was spent on it.
    "--compile-jit-policy=3",
    `--outfile=${built}`,
  ];
}

// What changes how bun runs must not change what it builds.
function withoutBunVariables(env: RuntimeOptions["env"]): RuntimeOptions["env"] {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith("BUN_") && name !== "NODE_OPTIONS"),
  );
}
