/**
 * Which of the servers that are not ours are on this machine: those that `npm run test:servers` has put into
 * `test/.servers`. Without one a bare machine leaves its tests out and says so; a CI fails.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { beforeAll, describe } from "vitest";
import { root } from "../helpers/source-files.ts";

/** What `scripts/test-servers.mjs` can install. */
export type InstallableServer = "moto" | "azurite" | "lowkey-vault" | "gcp-emulator" | "google-client";

/** The program that starts it and its first arguments; undefined when it is not installed. */
export function installedCommand(name: InstallableServer): readonly string[] | undefined {
  const folder = join(root, "test", ".servers", name);
  const record = readRecord(join(folder, "installed.json"));
  return record?.command.map((part) => part.replace("{folder}", folder).replace("{node}", process.execPath));
}

/** As `installedCommand`; throws what to do when it is not installed. */
export function requireInstalled(name: InstallableServer): readonly string[] {
  const command = installedCommand(name);
  if (command !== undefined) return command;
  throw new Error(`${name} is not installed; run "npm run test:servers -- ${name}"`);
}

/**
 * `describe` for tests that need servers. When one is missing they are skipped with a warning; where `CI` is set they fail,
 * unless the environment variable `TEST_SERVERS_LEFT_OUT` names the server, which a CI sets that cannot have it.
 */
export function describeWith(
  servers: InstallableServer | readonly InstallableServer[],
  title: string,
  body: () => void,
): void {
  const missing = [servers].flat().filter((name) => installedCommand(name) === undefined);
  const leftOut = (process.env["TEST_SERVERS_LEFT_OUT"] ?? "").split(/[\s,]+/);
  const mayBeMissing = process.env["CI"] === undefined || missing.every((name) => leftOut.includes(name));
  if (missing.length > 0 && mayBeMissing) {
    process.stderr.write(
      `WARNING: not installed: ${missing.join(", ")} ("npm run test:servers"): LEFT OUT: ${title}\n`,
    );
  }
  describe.skipIf(missing.length > 0 && mayBeMissing)(title, () => {
    beforeAll(() => {
      for (const name of missing) requireInstalled(name);
    });
    body();
  });
}

function readRecord(file: string): { readonly version: string; readonly command: readonly string[] } | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as { version: string; command: string[] };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
