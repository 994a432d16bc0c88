import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import {
  buildPlugin,
  bunVersion,
  type BuiltFile,
  type ExecutablePlatform,
  executablePlatforms,
} from "../../authoring/index.ts";
import { cacheFolder, type HostContext, platformName } from "../../host/index.ts";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { nearestWord } from "../../internal/errors/nearest.ts";
import { nodeContext } from "../../node-context.ts";
import type { CommandArguments, RunCommand } from "./command.ts";

/** Does `plugin build`: writes the files of one plugin, and says of each how large it is. */
export const runPluginBuild: RunCommand = async (args, { io, reporter, settings }) => {
  const host: HostContext = { ...nodeContext(), env: io.env, cwd: io.cwd, home: io.home };
  const form = args.one("form") === "script" ? "script" : "executable";
  const here = ownPlatform(host);
  const outDir = args.one("outDir") ?? "dist";
  const files = await buildPlugin(
    {
      name: nameOf(args, io.cwd),
      entry: entryOf(args, io.cwd),
      outDir: path.resolve(io.cwd, outDir),
      form,
      platforms: platformsOf(args.all("platform"), form, here),
      here,
    },
    {
      cwd: io.cwd,
      env: io.env,
      signal: io.signal,
      platform: host.platform,
      arch: host.arch,
      cacheDir: cacheDir(host),
      version: bunVersion,
    },
  );
  if (settings.quiet) return;
  for (const file of files) await io.stdout.write(fileLine(outDir, file));
  await reporter.note(`checksums are in ${path.join(outDir, "SHA256SUMS")}`);
};

/** What `--platform all` stands for: hosts look for `<name>-<os>-<arch>`, and know nothing of a libc. */
const isInstallable = ({ name }: ExecutablePlatform): boolean => !name.endsWith("-musl");
const runsScripts = ({ name }: ExecutablePlatform): boolean => !name.startsWith("windows-");

function platformsOf(
  names: readonly string[],
  form: "script" | "executable",
  here: ExecutablePlatform,
): readonly ExecutablePlatform[] {
  const isFitting = (platform: ExecutablePlatform): boolean => form === "executable" || runsScripts(platform);
  const chosen = names.length === 0 ? [here] : [...new Set(names.flatMap((name) => platformsNamed(name, isFitting)))];
  const unfit = chosen.find((platform) => !isFitting(platform));
  if (unfit === undefined) return chosen;
  throw new ConfigManagerError("CM_USAGE", `a script cannot be run on "${unfit.name}"`, {
    hint: "build an executable for it: --form executable",
  });
}

function platformsNamed(
  name: string,
  isFitting: (platform: ExecutablePlatform) => boolean,
): readonly ExecutablePlatform[] {
  if (name === "all") return executablePlatforms.filter((platform) => isInstallable(platform) && isFitting(platform));
  const found = executablePlatforms.find((platform) => platform.name === name);
  if (found !== undefined) return [found];
  const names = executablePlatforms.map((platform) => platform.name);
  const near = nearestWord(name, names);
  throw new ConfigManagerError("CM_USAGE", `"${name}" is no platform that can be built for`, {
    hint: near === undefined ? `use all or one of ${names.join(", ")}, each with a flag of its own` : `write ${near}`,
  });
}

function ownPlatform({ platform, arch }: HostContext): ExecutablePlatform {
  const name = platformName(platform, arch);
  const own = executablePlatforms.find((candidate) => candidate.name === name);
  if (own !== undefined) return own;
  throw new ConfigManagerError("CM_USAGE", `nothing can be built on "${name}"`, {
    hint: `build on one of ${executablePlatforms.map((candidate) => candidate.name).join(", ")}`,
  });
}

function entryOf(args: CommandArguments, cwd: string): string {
  const given = args.one("entry");
  const candidates = given === undefined ? [path.join("src", "main.ts"), path.join("src", "main.js")] : [given];
  const found = candidates.map((file) => path.resolve(cwd, file)).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new ConfigManagerError("CM_INPUT_UNREADABLE", `there is no file "${candidates[0]!}" to build`, {
    hint: given === undefined ? "run this in the folder of a plugin, or name its file with --entry" : undefined,
  });
}

function nameOf(args: CommandArguments, cwd: string): string {
  const name =
    args.one("name") ??
    packageName(cwd)
      ?.replace(/^@[^/]*\//, "")
      .replace(/^configmanager-(plugin-)?/, "");
  if (name !== undefined && /^[a-z][a-z0-9_]*$/.test(name)) return name;
  const message =
    name === undefined
      ? "the plugin has no name: there is no package.json with one"
      : `"${name}" cannot be a plugin's name`;
  throw new ConfigManagerError("CM_USAGE", message, {
    hint: "give it one of lower case letters, digits and _ with --name; its prefix is the same in upper case",
  });
}

function packageName(cwd: string): string | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(path.join(cwd, "package.json"), "utf8"));
    const name: unknown = typeof content === "object" && content !== null ? Reflect.get(content, "name") : undefined;
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}

/** Runtimes are kept with what else of this user can be fetched anew; in the project, where there is no place for that. */
function cacheDir(host: HostContext): string {
  const folder = cacheFolder(host);
  return folder === undefined
    ? path.join(host.cwd, "node_modules", ".cache", "configmanager", "bun")
    : path.join(folder, "bun");
}

function fileLine(outDir: string, { name, size, sha256 }: BuiltFile): string {
  return `${path.join(outDir, name)}  ${(size / 1e6).toFixed(1)} MB  sha256:${sha256.slice(0, 12)}…\n`;
}
