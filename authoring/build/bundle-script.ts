import { existsSync, realpathSync } from "node:fs";
import { chmod, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { runTool, toolMissing, type ToolSurroundings } from "./run-tool.ts";

/** What is bundled, and into what. */
export interface BundleRequest {
  /** The plugin's `main.ts` or `main.js`. */
  readonly entry: string;
  readonly outFile: string;
  /** `script`: a file that Node runs, whatever lies around it; `compiler`: what an executable is compiled from. */
  readonly purpose: "script" | "compiler";
}

/**
 * Makes one file out of a plugin and all that it imports, by the esbuild of its own project.
 *
 * A plugin's file has no extension, so that Node would decide by the nearest package.json whether it is an ES module: a
 * script bundle that makes its own `require` is right in both cases.
 *
 * @throws CM_BUILD_TOOL_MISSING when the project has no esbuild, CM_BUILD_FAILED with what esbuild says
 */
export async function bundleScript(
  { entry, outFile, purpose }: BundleRequest,
  surroundings: ToolSurroundings & { readonly platform: string; readonly arch: string },
): Promise<void> {
  const args = [
    entry,
    "--bundle",
    "--platform=node",
    "--target=node20.19",
    "--minify",
    "--legal-comments=none",
    "--log-level=warning",
    "--color=false",
    "--supported:dynamic-import=false",
    `--outfile=${outFile}`,
  ];
  if (purpose === "script") args.push("--format=iife", `--banner:js=${scriptHead}`);
  // Inside an executable no file has a folder; the one of this machine is not to be in it.
  else args.push("--format=cjs", ...["__dirname", "__filename"].map((name) => `--define:${name}="/plugin"`));
  await runTool(esbuildOf(surroundings), args, surroundings);
  if (purpose !== "script") return;
  await keepOneHashbang(outFile);
  await chmod(outFile, 0o755);
}

const scriptHead =
  '#!/usr/bin/env node\nvar require=process.getBuiltinModule("node:module").createRequire(process.argv[1]);';

// esbuild puts an entry's own `#!` line before everything, where the head's would be no JavaScript on the second line.
async function keepOneHashbang(file: string): Promise<void> {
  const text = await readFile(file, "utf8");
  if (!text.startsWith(scriptHead)) await writeFile(file, text.slice(text.indexOf(scriptHead)));
}

// Its program itself and not its script: the single-file executable has no Node to run that with.
function esbuildOf({ cwd, platform, arch }: { cwd: string; platform: string; arch: string }): string {
  const library = packageFolder("esbuild", cwd);
  const folder = library === undefined ? undefined : packageFolder(`@esbuild/${platform}-${arch}`, library);
  const file = path.join(folder ?? "", platform === "win32" ? "esbuild.exe" : path.join("bin", "esbuild"));
  if (folder !== undefined && existsSync(file)) return file;
  throw toolMissing("esbuild", undefined, `run "npm install --save-dev esbuild" in "${cwd}"`);
}

// As Node looks for packages, whose own `require.resolve` finds none on the disk when it runs in an executable.
function packageFolder(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, "node_modules", name);
    if (existsSync(path.join(candidate, "package.json"))) return realpathSync(candidate);
    if (folder === path.dirname(folder)) return undefined;
  }
}
