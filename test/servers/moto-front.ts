/**
 * Stands before a moto that checks signatures, and says in the services' words what moto says in those of S3: SSM and
 * Secrets Manager refuse by a JSON error and status 400. Everything else passes as it is.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A front that runs; to be closed. */
export interface MotoFront {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Starts a front on a free port of 127.0.0.1 for the moto on `motoPort`. */
export async function startMotoFront(motoPort: number): Promise<MotoFront> {
  const server = createServer((message, response) => {
    pass(message, response, motoPort).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function pass(message: IncomingMessage, response: ServerResponse, motoPort: number): Promise<void> {
  const { method, url, headers } = message;
  // The Host header stays that of the client, whose signature covers it.
  const forwarded = request({ host: "127.0.0.1", port: motoPort, method, path: url, headers });
  message.pipe(forwarded);
  const [answer] = (await once(forwarded, "response")) as [IncomingMessage];
  const { statusCode = 502 } = answer;
  if (statusCode !== 403 || headers["x-amz-target"] === undefined) {
    response.writeHead(statusCode, answer.headers);
    answer.pipe(response);
    return;
  }
  const { type, message: why } = toServiceError(await text(answer));
  response.writeHead(400, {
    "content-type": "application/x-amz-json-1.1",
    "x-amzn-requestid": answer.headers["x-amzn-requestid"] ?? "made-up-request-id",
  });
  response.end(JSON.stringify({ __type: type, message: why }));
}

const serviceCodes: Readonly<Record<string, string>> = {
  AccessDenied: "AccessDeniedException",
  InvalidClientTokenId: "UnrecognizedClientException",
  SignatureDoesNotMatch: "InvalidSignatureException",
};

function toServiceError(xml: string): { readonly type: string; readonly message: string } {
  const element = (name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? "";
  const code = element("Code");
  const message = element("Message");
  const action = / is not authorized to perform: (\S+)$/.exec(message)?.[1];
  return {
    type: serviceCodes[code] ?? code,
    message: action === undefined ? message : `${message} because no identity-based policy allows the ${action} action`,
  };
}
