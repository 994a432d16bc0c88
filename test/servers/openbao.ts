/**
 * A real OpenBao, which speaks Vault's protocol: built from its sources by `node scripts/openbao.mjs`, which takes minutes
 * and gigabytes, so that no run needs it. In memory, on loopback.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe } from "vitest";
import { root } from "../helpers/source-files.ts";
import { findFreePort, startServerProcess } from "./server-process.ts";

/** An OpenBao that runs, unsealed, with KV version 2 at `secret`; to be closed. */
export interface OpenBao {
  readonly url: string;
  readonly rootToken: string;
  /** Calls its API as root: `call("PUT", "secret/data/foo", { data: { … } })`. Rejects with its answer when that is none of success. */
  readonly call: (method: string, path: string, body?: unknown, namespace?: string) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

const folder = join(root, "test", ".servers", "openbao");

/** The program and its first arguments; undefined when it has not been built. */
export function openBaoCommand(): readonly string[] | undefined {
  try {
    const { command } = JSON.parse(readFileSync(join(folder, "installed.json"), "utf8")) as { command: string[] };
    return command.map((part) => part.replace("{folder}", folder));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** `describe` for tests that need it: where it has not been built they are left out, and that is said. */
export function describeWithOpenBao(title: string, body: () => void): void {
  const isMissing = openBaoCommand() === undefined;
  if (isMissing)
    process.stderr.write(`WARNING: OpenBao is not built ("node scripts/openbao.mjs"): LEFT OUT: ${title}\n`);
  describe.skipIf(isMissing)(title, () => {
    body();
  });
}

/** Starts one on a free port of 127.0.0.1. */
export async function startOpenBao(): Promise<OpenBao> {
  const command = openBaoCommand();
  if (command === undefined) throw new Error('OpenBao is not built; run "node scripts/openbao.mjs"');
  const rootToken = `root-${randomUUID()}`;
  const port = await findFreePort();
  const options = ["server", "-dev", "-dev-no-store-token", `-dev-listen-address=127.0.0.1:${port}`];
  // By the environment, since arguments can be read by everybody.
  const env = { BAO_DEV_ROOT_TOKEN_ID: rootToken };
  const server = await startServerProcess({ command: [...command, ...options], env, ready: /OpenBao server started!/ });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    rootToken,
    async call(method, path, body, namespace) {
      const response = await fetch(`${url}/v1/${path}`, {
        method,
        headers: {
          "x-vault-token": rootToken,
          "x-vault-request": "true",
          ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: OpenBao answered ${response.status}: ${text}`);
      return text === "" ? undefined : (JSON.parse(text) as unknown);
    },
    close: () => server.close(),
  };
}
