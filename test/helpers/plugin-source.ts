/** Sources of plugins as they are on a network: real servers, with every fault that one may have. */
import { join } from "node:path";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { onTestFinished } from "vitest";
import { platformName } from "../../host/platform.ts";
import type { TestCertificate } from "../servers/certificates.ts";
import { buildTestPlugins } from "./build-once.ts";

/** The platform of this machine. */
export const platform: string = platformName(process.platform, process.arch);

/** What a path is answered with: bytes, or whatever a handler does. */
export type Answer = Buffer | string | ((request: IncomingMessage, response: ServerResponse) => void);

/** A server of a test. */
export interface SourceServer {
  /** Without a slash at its end. */
  readonly url: string;
  /** Path and query of every request so far, with its `authorization`. */
  readonly requests: { readonly path: string; readonly authorization: string | undefined }[];
  readonly paths: () => readonly string[];
  /** What is there; may be changed at any time. Everything else is a page with status 404. */
  readonly answers: Map<string, Answer>;
}

/** Starts one; it ends, with its connections, when the test is over. */
export async function startSource(
  answers: Readonly<Record<string, Answer>> = {},
  certificate?: TestCertificate,
): Promise<SourceServer> {
  const requests: SourceServer["requests"] = [];
  const known = new Map(Object.entries(answers));
  const listener: RequestListener = (request, response) => {
    const path = request.url ?? "";
    requests.push({ path, authorization: request.headers.authorization });
    const answer = known.get(path.split("?")[0]!);
    if (answer === undefined) {
      response.writeHead(404, { "content-type": "text/html" }).end("<!DOCTYPE html><html>not found</html>");
    } else if (typeof answer === "function") answer(request, response);
    else response.writeHead(200, { "content-length": Buffer.byteLength(answer) }).end(answer);
  };
  const server = certificate === undefined ? createHttpServer(listener) : createHttpsServer(certificate, listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const scheme = certificate === undefined ? "http" : "https";
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    requests,
    paths: () => requests.map(({ path }) => path),
    answers: known,
  };
}

/** The bytes of a plugin that works: a script, as plugins are published. */
export async function workingPlugin(name = "probe"): Promise<Buffer> {
  return readFileSync(join((await buildTestPlugins()).shippedDir, `${name}.cjs`));
}

/** Another plugin that works: the same with another end. */
export function otherBuild(plugin: Buffer, mark: string): Buffer {
  return Buffer.concat([plugin, Buffer.from(`\n// ${mark}\n`)]);
}

/** What SHA256SUMS says of these files. */
export function sumsOf(files: Readonly<Record<string, Buffer | string>>): string {
  return Object.entries(files)
    .map(([name, bytes]) => `${sha256(bytes)}  ${name}\n`)
    .join("");
}

/** In hexadecimal digits. */
export function sha256(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The answers of a source with these files below `folder` and their checksums. */
export function published(files: Readonly<Record<string, Buffer | string>>, folder = "/"): Record<string, Answer> {
  const all = { ...files, SHA256SUMS: sumsOf(files) };
  return Object.fromEntries(Object.entries(all).map(([name, bytes]) => [`${folder}${name}`, bytes]));
}
