import { copyFile, mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { RuntimeOptions } from "./bun-runtime.ts";
import { bundleScript } from "./bundle-script.ts";
import { formatChecksums, sha256OfFile } from "./checksums-file.ts";
import { compileExecutable } from "./compile-executable.ts";
import type { ExecutablePlatform } from "./executable-platforms.ts";

/** A plugin's project, and what is made of it. */
export interface PluginBuild {
  /** The plugin's name in lower case. */
  readonly name: string;
  /** Absolute. */
  readonly entry: string;
  /** Absolute; made when it is not there. */
  readonly outDir: string;
  readonly form: "script" | "executable";
  readonly platforms: readonly ExecutablePlatform[];
  /** The platform of this machine. */
  readonly here: ExecutablePlatform;
}

/** One file that was made. */
export interface BuiltFile {
  /** `<name>-<os>-<arch>`, as a host looks for it, with `.exe` on Windows. */
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/** What a build is run with; `platform` and `arch` as Node spells them. */
export type BuildOptions = RuntimeOptions & { readonly platform: string; readonly arch: string };

/**
 * Builds a plugin for each platform, and a `SHA256SUMS` of what was built. The folder gets all of it or nothing.
 *
 * @throws CM_BUILD_TOOL_MISSING, CM_BUILD_FAILED, CM_CHECKSUM_MISMATCH
 */
export async function buildPlugin(build: PluginBuild, options: BuildOptions): Promise<readonly BuiltFile[]> {
  await mkdir(build.outDir, { recursive: true });
  const folder = await mkdtemp(path.join(build.outDir, ".building-"));
  try {
    const bundle = path.join(folder, `${build.name}.cjs`);
    const purpose = build.form === "script" ? "script" : "compiler";
    await bundleScript({ entry: build.entry, outFile: bundle, purpose }, options);
    const files: BuiltFile[] = [];
    // One after the other: each compiler takes a gigabyte for a moment.
    for (const platform of build.platforms) files.push(await buildFor(platform, bundle, folder, build, options));
    await writeFile(
      path.join(folder, checksumsName),
      formatChecksums(new Map(files.map((file) => [file.name, file.sha256]))),
    );
    for (const name of [...files.map((file) => file.name), checksumsName]) {
      await rename(path.join(folder, name), path.join(build.outDir, name));
    }
    return files;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const checksumsName = "SHA256SUMS";

async function buildFor(
  platform: ExecutablePlatform,
  bundle: string,
  folder: string,
  { name: plugin, form, here }: PluginBuild,
  options: BuildOptions,
): Promise<BuiltFile> {
  const name = `${plugin}-${platform.name}${platform.extension}`;
  const file = path.join(folder, name);
  if (form === "script") await copyFile(bundle, file);
  else await compileExecutable({ entry: bundle, outFile: file, platform, here }, options);
  return { name, size: (await stat(file)).size, sha256: await sha256OfFile(file) };
}
