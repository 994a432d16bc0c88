/** The built plugin VAULT, asked as a host asks it: for its tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { openTestStore, type TestAnswer, type TestRequest, type TestStore } from "configmanager/plugin/testing";
import { buildTestPlugins } from "../helpers/build-once.ts";

/** A home folder without a token in it, which goes with the process. */
export const emptyHome: string = mkdtempSync(join(tmpdir(), "vault-home-"));
process.on("exit", () => rmSync(emptyHome, { recursive: true, force: true }));

/** The environment of a process that is given these variables. */
export function vaultEnv(env: Readonly<Record<string, string>>): Record<string, string | undefined> {
  return { PATH: process.env["PATH"], HOME: emptyHome, ...env };
}

/** Launches the plugin; to be closed. */
export async function openVault(env: Readonly<Record<string, string>>): Promise<TestStore> {
  const executable = (await buildTestPlugins()).file("vault");
  return openTestStore({ executable, env: vaultEnv(env), cwd: emptyHome });
}

/** Launches the plugin, asks it for these at once, and closes it. */
export async function askVault(
  env: Readonly<Record<string, string>>,
  ...requests: readonly (TestRequest | string)[]
): Promise<readonly TestAnswer[]> {
  const store = await openVault(env);
  try {
    return await store.ask(requests.map((request) => (typeof request === "string" ? { path: request } : request)));
  } finally {
    await store.close();
  }
}

/** A value as text, or the code and the message of an error. */
export function textOf(answer: TestAnswer | undefined): string {
  if (answer === undefined) return "no answer";
  return answer.ok ? Buffer.from(answer.data).toString() : `${answer.code}: ${answer.message}`;
}
