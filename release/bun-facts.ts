import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What a bun says of itself. */
export interface BunFacts {
  /** Such as `1.4.5`. */
  readonly version: string;
  /** The commit that it was built from. */
  readonly revision: string;
  /** Its `process.versions`: versions or commits of what it links. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Asks a bun that runs on this machine; the ones for other platforms are of the same commit. */
export async function readBunFacts(file: string, signal?: AbortSignal): Promise<BunFacts> {
  const code =
    "const { version, revision } = Bun; process.stdout.write(JSON.stringify({ version, revision, versions: process.versions }))";
  const { stdout } = await promisify(execFile)(file, ["-e", code], { signal });
  return JSON.parse(stdout) as BunFacts;
}
