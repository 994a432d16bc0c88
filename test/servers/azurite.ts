/** Azure Table Storage on this machine: Azurite with HTTPS and bearer tokens. State is in memory and goes with the server. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { TestCa } from "./certificates.ts";
import type { Backend } from "./cloud.ts";
import { unsignedToken } from "./entra.ts";
import { requireInstalled } from "./installed.ts";
import { findFreePort, type ServerProcess, startServerProcess } from "./server-process.ts";

/** An Azurite that runs; to be closed. */
export interface Azurite {
  readonly port: number;
  /** For `startCloud`, at `*.table.core.windows.net`, with the same authority: the account is the first label of the host. */
  readonly backend: Backend;
  /** A key of each account, base64. */
  readonly keys: Readonly<Record<string, string>>;
  /** Makes a table; one that is there already is left as it is. */
  readonly createTable: (account: string, table: string) => Promise<void>;
  /** Makes or replaces an entity, given as the service's JSON: `PartitionKey`, `RowKey`, properties, `x@odata.type`. */
  readonly putEntity: (
    account: string,
    table: string,
    entity: { readonly PartitionKey: string; readonly RowKey: string; readonly [property: string]: unknown },
  ) => Promise<void>;
  readonly close: () => Promise<void>;
}

const startAttempts = 3;

/** Starts an Azurite for tables on a free port of 127.0.0.1, with a certificate of `ca` and accounts of these names. */
export async function startAzurite(ca: TestCa, accounts: readonly string[]): Promise<Azurite> {
  const folder = mkdtempSync(join(tmpdir(), "test-azurite-"));
  const { key, cert } = await ca.certificateFor(["*.table.core.windows.net", "localhost", "127.0.0.1"]);
  writeFileSync(join(folder, "key.pem"), key, { mode: 0o600 });
  writeFileSync(join(folder, "cert.pem"), cert);
  const keys = Object.fromEntries(accounts.map((account) => [account, randomBytes(64).toString("base64")]));
  const started = await start(folder, keys).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const { server, port } = started;

  // Straight to the port an account is the first segment of the path.
  const send = async (method: string, path: string, body: unknown, accepted: readonly number[]): Promise<void> => {
    const call = request({
      host: "127.0.0.1",
      port,
      ca: ca.caPem,
      agent: false,
      method,
      path: encodeURI(path),
      headers: {
        authorization: `Bearer ${unsignedToken("https://storage.azure.com")}`,
        accept: "application/json;odata=nometadata",
        "content-type": "application/json",
        "x-ms-version": "2019-02-02",
      },
    });
    call.end(JSON.stringify(body));
    const [response] = (await once(call, "response")) as [IncomingMessage];
    const answer = await text(response);
    if (!accepted.includes(response.statusCode ?? 0)) {
      throw new Error(`Azurite answered ${response.statusCode} to ${method} ${path}: ${answer}`);
    }
  };

  return {
    port,
    backend: { port, tls: "pass" },
    keys,
    createTable: (account, table) => send("POST", `/${account}/Tables`, { TableName: table }, [201, 204, 409]),
    async putEntity(account, table, entity) {
      const [partition, row] = [entity.PartitionKey, entity.RowKey].map((part) => part.replaceAll("'", "''"));
      await send("PUT", `/${account}/${table}(PartitionKey='${partition}',RowKey='${row}')`, entity, [204]);
    },
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Azurite takes port 0 and then does not say which one it got. */
async function start(
  folder: string,
  keys: Readonly<Record<string, string>>,
): Promise<{ readonly server: ServerProcess; readonly port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    const flags = ["--disableTelemetry", "--inMemoryPersistence", "--silent", "--skipApiVersionCheck"];
    const tls = ["--cert", join(folder, "cert.pem"), "--key", join(folder, "key.pem"), "--oauth", "basic"];
    const place = ["--tableHost", "127.0.0.1", "--tablePort", String(port)];
    try {
      const server = await startServerProcess({
        command: [...requireInstalled("azurite"), ...flags, ...tls, ...place],
        env: {
          AZURITE_ACCOUNTS: Object.entries(keys)
            .map(([name, key]) => `${name}:${key}`)
            .join(";"),
        },
        cwd: folder,
        ready: /Azurite Table service successfully started/,
      });
      return { server, port };
    } catch (error) {
      if (attempt === startAttempts || !String(error).includes("EADDRINUSE")) throw error;
    }
  }
}
