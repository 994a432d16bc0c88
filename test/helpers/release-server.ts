/** A server that has the files of a release, and can have any fault. For the tests of what downloads one. */
import { createHash } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { createTestCa } from "../servers/certificates.ts";

/** What a server answers with, by file name. */
export type ReleaseFiles = ReadonlyMap<string, string | Fault>;

/** An answer that is no whole file. */
export type Fault =
  | { readonly status: number; readonly location?: string }
  /** Nothing comes after the head. */
  | { readonly hangs: true }
  /** The connection ends in the middle of the body; without its length, nobody can tell by the response. */
  | { readonly cutOff: string; readonly lengthIsSaid: boolean };

/** A server that is listening. */
export interface ReleaseServer {
  /** What the files lie below: `<base>/download/v1.2.3/<file>`, and `<base>/latest/download/<file>` for the latest. */
  readonly base: string;
  /** The paths that were asked for. */
  readonly asked: readonly string[];
  /** Resolves when a request hangs. */
  readonly hangs: Promise<void>;
  /** The file with the certificate of the authority, when the server speaks TLS. */
  readonly caFile: string;
}

/** Serves the files as version 1.2.3, the latest, until the test ends. */
export async function serveRelease(
  files: ReleaseFiles,
  { tls = false }: { readonly tls?: boolean } = {},
): Promise<ReleaseServer> {
  const asked: string[] = [];
  const hanging = new EventEmitter();
  const hangs = once(hanging, "request").then(() => {});
  const listener: RequestListener = (request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const name = /^\/releases\/(?:download\/v1\.2\.3|latest\/download)\/([^/]+)$/.exec(path)?.[1];
    const answer = (name === undefined ? undefined : files.get(name)) ?? { status: 404 };
    if (typeof answer === "string") {
      response.end(answer);
    } else if ("status" in answer) {
      const headers = answer.location === undefined ? {} : { location: answer.location };
      response.writeHead(answer.status, headers).end("<html>Not what you wanted</html>\n");
    } else if ("hangs" in answer) {
      response.writeHead(200).flushHeaders();
      hanging.emit("request");
    } else {
      const length = answer.lengthIsSaid ? { "content-length": String(2 * answer.cutOff.length) } : {};
      response.writeHead(200, { connection: "close", ...length });
      response.write(answer.cutOff, () => (answer.lengthIsSaid ? response.destroy() : response.end()));
    }
  };
  const ca = tls ? await createTestCa() : undefined;
  const server =
    ca === undefined ? createServer(listener) : createTlsServer(await ca.certificateFor(["localhost"]), listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    ca?.remove();
  });
  const { port } = server.address() as AddressInfo;
  const base = tls ? `https://localhost:${port}/releases` : `http://127.0.0.1:${port}/releases`;
  return { base, asked, hangs, caFile: ca?.caFile ?? "" };
}

/** Files with their `SHA256SUMS`. */
export function releaseOf(files: Readonly<Record<string, string>>): Map<string, string | Fault> {
  const sums = Object.entries(files).map(
    ([name, text]) => `${createHash("sha256").update(text).digest("hex")}  ${name}\n`,
  );
  return new Map([...Object.entries(files), ["SHA256SUMS", sums.join("")]]);
}
