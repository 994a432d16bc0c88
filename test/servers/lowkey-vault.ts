/**
 * Azure Key Vault on this machine: Lowkey Vault with production host names. State is in memory and goes with the server.
 * Its statuses are the service's, the codes in the bodies of its errors are not.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { TestCa } from "./certificates.ts";
import type { Backend } from "./cloud.ts";
import { requireInstalled } from "./installed.ts";
import { findFreePort, startServerProcess } from "./server-process.ts";

/** A Lowkey Vault that runs; to be closed. */
export interface LowkeyVault {
  readonly port: number;
  /** For `startCloud`, at `*.vault.azure.net`, with the same authority. */
  readonly backend: Backend;
  /** Makes a secret, or a new version of it; resolves with the id of the version. */
  readonly putSecret: (vault: string, name: string, value: string) => Promise<string>;
  /** Makes a version unreadable. */
  readonly disableVersion: (vault: string, name: string, version: string) => Promise<void>;
  /** Deletes a secret, so that it can be recovered. */
  readonly deleteSecret: (vault: string, name: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The newest version of the protocol that this release speaks; the official client's own default is newer. */
export const lowkeyApiVersion = "7.6";

/** Starts a Lowkey Vault on a free port of 127.0.0.1, with a certificate of `ca` and vaults `<name>.vault.azure.net`. Takes some seconds. */
export async function startLowkeyVault(ca: TestCa, vaults: readonly string[]): Promise<LowkeyVault> {
  const folder = mkdtempSync(join(tmpdir(), "test-lowkey-vault-"));
  const { key, cert } = await ca.certificateFor(["*.vault.azure.net", "localhost", "127.0.0.1"]);
  writeFileSync(join(folder, "key.pem"), key, { mode: 0o600 });
  writeFileSync(join(folder, "cert.pem"), cert);
  const port = await findFreePort();
  const server = await startServerProcess({
    command: [...requireInstalled("lowkey-vault"), ...settings(folder, port, await findFreePort(), vaults)],
    // A short life on a busy machine: no optimizing compiler, one collector, a small heap.
    env: { JAVA_TOOL_OPTIONS: "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx256m" },
    cwd: folder,
    ready: /Started LowkeyVaultApp in/,
    limitMs: 120_000,
  }).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });

  const send = async (vault: string, method: string, path: string, body: unknown): Promise<unknown> => {
    const host = `${vault}.vault.azure.net`;
    const call = request({
      host: "127.0.0.1",
      servername: host,
      port,
      ca: ca.caPem,
      agent: false,
      method,
      path: `${path}?api-version=${lowkeyApiVersion}`,
      // It wants a bearer token and does not look into it.
      headers: { host, authorization: "Bearer made-up", "content-type": "application/json" },
    });
    call.end(JSON.stringify(body));
    const [response] = (await once(call, "response")) as [IncomingMessage];
    const answer = await text(response);
    if (response.statusCode !== 200) {
      throw new Error(`Lowkey Vault answered ${response.statusCode} to ${method} ${path}: ${answer}`);
    }
    return JSON.parse(answer);
  };

  return {
    port,
    backend: { port, tls: "pass" },
    async putSecret(vault, name, value) {
      const { id } = (await send(vault, "PUT", `/secrets/${name}`, { value })) as { id: string };
      return id.slice(id.lastIndexOf("/") + 1);
    },
    async disableVersion(vault, name, version) {
      await send(vault, "PATCH", `/secrets/${name}/${version}`, { attributes: { enabled: false } });
    },
    async deleteSecret(vault, name) {
      await send(vault, "DELETE", `/secrets/${name}`, undefined);
    },
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function settings(folder: string, port: number, tokenPort: number, vaults: readonly string[]): string[] {
  return Object.entries({
    "server.address": "127.0.0.1",
    "server.port": String(port),
    "app.token.port": String(tokenPort),
    "server.ssl.certificate": `file:${join(folder, "cert.pem")}`,
    "server.ssl.certificate-private-key": `file:${join(folder, "key.pem")}`,
    // Its own key store comes with a password, which would be tried on this one.
    "server.ssl.key-store": "",
    "server.ssl.key-store-password": "",
    // Its own choice fits a certificate with an RSA key only.
    "server.ssl.enabled-protocols": "TLSv1.3",
    "server.ssl.ciphers": "TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384",
    LOWKEY_VAULT_NAMES: vaults.join(","),
    LOWKEY_VAULT_ALIASES: vaults.map((vault) => `${vault}.localhost=${vault}.vault.azure.net`).join(","),
    LOWKEY_AUTH_RESOURCE: "vault.azure.net",
  }).map(([name, value]) => `--${name}=${value}`);
}
