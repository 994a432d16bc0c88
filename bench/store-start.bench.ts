/**
 * Each store plugin from the start of its process to the first value in the host's hand, from servers of this machine that
 * answer at once; beside it what the official SDK takes for the same value, bundled by itself, with no host to talk to
 * (goal: at most 1.3 × that). The yardstick is a fresh Node that does one GET over TLS.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { createTestCa } from "../test/servers/certificates.ts";
import { startSevenStores } from "../test/servers/seven-stores.ts";
import { timePluginStart } from "./plugin-start.ts";
import { median } from "./processes.ts";

const rounds = 15;

/** What is asked of each plugin, and the script that asks the official SDK for the same. */
const stores: readonly { name: string; path: string; metadata?: Record<string, string>; sdk?: string }[] = [
  { name: "env", path: "PATH" },
  { name: "awsparamstr", path: "/app/db/host", sdk: "sdk-ssm" },
  { name: "awssecrets", path: "app/db", sdk: "sdk-secrets-manager" },
  { name: "azkvsecret", path: "app-vault/db-password", sdk: "sdk-key-vault" },
  { name: "aztablestore", path: "appaccount/settings/db/port", sdk: "sdk-tables" },
  { name: "azappconf", path: "app-config/db/name", metadata: { label: "prod" }, sdk: "sdk-app-configuration" },
  { name: "gcpsecrets", path: "projects/app/secrets/db", sdk: "sdk-google" },
  { name: "vault", path: "secret___/app/db" },
];

/** What is timed: how, and what it took. */
interface Row {
  readonly name: string;
  readonly time: () => Promise<Times>;
  readonly times: number[];
  readonly handshakes: number[];
}

interface Times {
  readonly valueMs: number;
  readonly handshakeMs?: number;
}

const cloud = await startSevenStores();
const direct = await startDirectServer();
const basicEnv = { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent" };
try {
  const rows: Row[] = [
    row("node:https GET", () => timeScript("https-get", { YARDSTICK_URL: direct.url, ...direct.env })),
  ];
  for (const { name, path, metadata = {}, sdk } of stores) {
    // A CA besides Node's own makes Node 20 read all of them as it starts, 30 ms or more: only who speaks TLS is to pay.
    const cloudEnv = name === "env" ? {} : cloud.env;
    const env = { ...basicEnv, ...cloudEnv, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };
    // The clients of AWS know no proxy.
    const sdkEnv = sdk?.startsWith("sdk-s") === true ? { ...env, ...direct.env, AWS_ENDPOINT_URL: direct.url } : env;
    if (sdk !== undefined) rows.push(row(`${sdk}, bundled`, () => timeScript(sdk, sdkEnv)));
    const plugin = { args: pluginArgs(name), env, path, metadata: new Map(Object.entries(metadata)) };
    rows.push(row(name, () => timePluginStart(plugin)));
  }
  for (let round = 0; round <= rounds; round++) {
    for (const { time, times, handshakes } of rows) {
      const { valueMs, handshakeMs } = await time();
      if (round === 0) continue;
      times.push(valueMs);
      if (handshakeMs !== undefined) handshakes.push(handshakeMs);
    }
  }
  let sdk: { name: string; times: number[] } | undefined;
  for (const { name, times, handshakes } of rows) {
    const ratio = (median(times) / median(rows[0]!.times)).toFixed(2);
    const handshake = handshakes.length === 0 ? "" : `, handshake after ${median(handshakes).toFixed(0)} ms`;
    const toSdk = sdk === undefined ? "" : `, ${(median(times) / median(sdk.times)).toFixed(2)} × "${sdk.name}"`;
    const range = `${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)}`;
    console.log(
      `${name}: ${median(times).toFixed(0)} ms (${range}), ${ratio} × "${rows[0]!.name}"${toSdk}${handshake}`,
    );
    sdk = name.startsWith("sdk-") ? { name, times } : undefined;
  }
} finally {
  direct.close();
  await cloud.close();
}

function row(name: string, time: Row["time"]): Row {
  return { name, time, times: [], handshakes: [] };
}

/** As the host starts what ships: with its compiled form, where there is one. */
function pluginArgs(name: string): string[] {
  const script = resolve(`dist/plugins/${name}.cjs`);
  return existsSync(resolve("dist/cmd/plugin.cjs")) ? [resolve("dist/cmd/plugin.cjs"), script] : [script];
}

/** Until the first output, which is the value. */
async function timeScript(name: string, env: Record<string, string>): Promise<Times> {
  const started = performance.now();
  const child = spawn(process.execPath, [resolve(`bench/.build/${name}.cjs`)], {
    env: { ...basicEnv, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), exited]);
  const valueMs = performance.now() - started;
  const [code] = (await exited) as [number | null];
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
  return { valueMs };
}

async function startDirectServer(): Promise<{ url: string; env: Record<string, string>; close: () => void }> {
  const ca = await createTestCa();
  const options: ServerOptions = await ca.certificateFor(["localhost"]);
  const server = createServer(options, (request, response) => {
    request.resume().once("end", () => {
      const target = String(request.headers["x-amz-target"] ?? "");
      response.setHeader("content-type", "application/x-amz-json-1.1");
      if (target.endsWith("GetParameter"))
        response.end('{"Parameter":{"Name":"/app/db/host","Value":"a","Version":1}}');
      else if (target.endsWith("GetSecretValue")) response.end('{"Name":"app/db","SecretString":"a"}');
      else response.end("a");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    env: { NODE_EXTRA_CA_CERTS: ca.caFile },
    close() {
      server.closeAllConnections();
      server.close();
      ca.remove();
    },
  };
}
