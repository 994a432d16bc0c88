/**
 * The Secret Manager emulator for Google Cloud: versions, states and payloads as the service has them, over gRPC and REST.
 * Asks nobody who they are. Over REST it answers every error with 500. State is in memory and goes with the server.
 */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import type { Backend } from "./cloud.ts";
import { requireInstalled } from "./installed.ts";
import { findFreePort, startServerProcess } from "./server-process.ts";

/** An emulator that runs; to be closed. */
export interface GcpEmulator {
  /** Of gRPC, in plain, at 127.0.0.1. */
  readonly grpcPort: number;
  /** For `startCloud`, at `secretmanager.googleapis.com`. */
  readonly restBackend: Backend;
  /** Adds a version to a secret, which is made when there is none; its number. */
  readonly addVersion: (project: string, secret: string, data: string | Uint8Array) => Promise<string>;
  readonly disableVersion: (project: string, secret: string, version: string) => Promise<void>;
  readonly destroyVersion: (project: string, secret: string, version: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts an emulator on two free ports. */
export async function startGcpEmulator(): Promise<GcpEmulator> {
  const [grpcPort, port] = [await findFreePort(), await findFreePort()];
  const ports = ["--grpc-port", String(grpcPort), "--http-port", String(port)];
  const server = await startServerProcess({
    command: [...requireInstalled("gcp-emulator"), ...ports],
    ready: /gRPC server listening[^]*HTTP gateway listening/,
  });
  const secrets = new Set<string>();
  const post = (path: string, body: unknown = {}): Promise<{ name?: string }> =>
    untilListening(() => send(port, `/v1/projects/${path}`, body));
  return {
    grpcPort,
    restBackend: { port, tls: "end" },
    async addVersion(project, secret, data) {
      const place = `${project}/secrets/${secret}`;
      if (!secrets.has(place)) {
        await post(`${project}/secrets?secretId=${secret}`, { replication: { automatic: {} } });
        secrets.add(place);
      }
      const payload = { data: Buffer.from(data as string).toString("base64") };
      const { name = "" } = await post(`${place}:addVersion`, { payload });
      return name.slice(name.lastIndexOf("/") + 1);
    },
    async disableVersion(project, secret, version) {
      await post(`${project}/secrets/${secret}/versions/${version}:disable`);
    },
    async destroyVersion(project, secret, version) {
      await post(`${project}/secrets/${secret}/versions/${version}:destroy`);
    },
    close: () => server.close(),
  };
}

async function send(port: number, path: string, body: unknown): Promise<{ name?: string }> {
  const call = request({ host: "127.0.0.1", port, method: "POST", path, agent: false });
  call.end(JSON.stringify(body));
  const [response] = (await once(call, "response")) as [IncomingMessage];
  const answer = await text(response);
  if (response.statusCode !== 200 && response.statusCode !== 201) {
    throw new Error(`the emulator answered ${response.statusCode} to ${path}: ${answer}`);
  }
  return JSON.parse(answer) as { name?: string };
}

/** It says that it listens a moment before it does. */
async function untilListening<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED" || tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
