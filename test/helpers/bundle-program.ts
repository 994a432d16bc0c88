import { basename, join } from "node:path";
import { build } from "esbuild";
import { root } from "./source-files.ts";

/** Bundles a program of `test/fixtures`, so that Node can run it as a process of its own; returns the file's path. */
export async function bundleProgram(source: string, folder: string): Promise<string> {
  const outfile = join(folder, basename(source).replace(/\.ts$/, ".mjs"));
  await build({
    bundle: true,
    platform: "node",
    target: "node20.19",
    conditions: ["configmanager-source"],
    absWorkingDir: root,
    entryPoints: [join(root, "test", "fixtures", source)],
    outfile,
    format: "esm",
    logLevel: "error",
    banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
  });
  return outfile;
}
