/** The ways in which a network can be cut between a plugin and its service; each is made of real sockets on this machine. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { testedExecutable } from "../helpers/tested-executable.ts";
import { type Cloud, type CloudOptions, startCloud } from "../servers/cloud.ts";
import { findFreePort } from "../servers/server-process.ts";

/** One way. */
export interface NetworkCut {
  readonly name: string;
  /** Cuts the network and returns the environment of a plugin behind it; `test/servers/resolver.cjs` has to be loaded there. */
  readonly make: () => Promise<Readonly<Record<string, string>>>;
  /** What the message has to say of the reason, besides the host. */
  readonly why: RegExp;
  /** What the hint has to say; anything unless set. */
  readonly hint?: RegExp;
  /** The stores have to wait for a time-out of theirs, some times over. */
  readonly slow?: boolean;
}

/** All of them; to be closed when nobody is behind one any more. */
export interface NetworkCuts {
  readonly cuts: readonly NetworkCut[];
  readonly close: () => Promise<void>;
}

/** What the cuts know of the plugins behind them. */
export interface CutSettings {
  /** The hosts of the services. */
  readonly hosts: readonly string[];
  /** What is asked for by the proxies that ask. */
  readonly proxyCredentials: { readonly user: string; readonly password: string };
}

/** Makes the table of the ways; nothing is cut before `make`. */
export function createNetworkCuts({ hosts, proxyCredentials }: CutSettings): NetworkCuts {
  const closing: (() => Promise<void>)[] = [];
  const { user, password } = proxyCredentials;
  const proxyUrl = (host: string, port: number): string => `http://${user}:${password}@${host}:${port}`;

  const openCloud = async (options: CloudOptions = {}): Promise<Cloud> => {
    const handler = (): void => {};
    const cloud = await startCloud(Object.fromEntries(hosts.map((host) => [host, { handler }])), {
      proxyCredentials,
      ...options,
    });
    closing.push(cloud.close);
    return cloud;
  };
  const listen = async (serve: (socket: Socket) => void): Promise<number> => {
    const { port, close } = await startListener(serve);
    closing.push(close);
    return port;
  };
  /** Every host is a server that does this with whoever connects. */
  const behind = async (serve: (socket: Socket) => void): Promise<Readonly<Record<string, string>>> => {
    const port = await listen(serve);
    const routes = hosts.map((host) => [host, { port, tls: "pass" }] as const);
    const cloud = await startCloud(Object.fromEntries(routes), { proxyCredentials });
    closing.push(cloud.close);
    return cloud.env;
  };

  return {
    cuts: [
      {
        name: "the connection is refused",
        make: async () => ({ TEST_RESOLVE_TO: await findRefusingAddress() }),
        why: /refused/,
      },
      {
        name: "the name server knows no such host",
        make: async () => ({ TEST_RESOLVE_TO: "ENOTFOUND" }),
        why: /no such host name/,
      },
      {
        name: "the name server does not answer",
        make: async () => ({ TEST_RESOLVE_TO: "EAI_AGAIN" }),
        why: /the name server does not answer/,
      },
      {
        name: "the certificate is of an authority that nobody knows",
        make: async () => ({ HTTPS_PROXY: (await openCloud()).env["HTTPS_PROXY"] ?? "" }),
        why: /certificate is not trusted/,
        hint: /CERT/,
      },
      {
        name: "the server breaks off in the TLS handshake",
        make: () => behind((socket) => socket.destroy()),
        why: /reset|TLS/,
      },
      {
        name: "the proxy is down",
        make: async () => ({ HTTPS_PROXY: proxyUrl("127.0.0.1", await findFreePort()) }),
        why: /through the proxy.*refused/,
        hint: /_PROXY/,
      },
      {
        name: "the proxy's name is unknown",
        make: async () => ({ HTTPS_PROXY: proxyUrl("proxy.example.invalid", 3128) }),
        why: /through the proxy "proxy\.example\.invalid:3128".*no such host name/,
        hint: /_PROXY/,
      },
      {
        name: "the proxy refuses with 403",
        make: async () => (await openCloud({ refuseWith: 403 })).env,
        why: /through the proxy.*403/,
        hint: /_PROXY/,
      },
      {
        name: "the proxy wants other credentials",
        make: async () => (await openCloud({ refuseWith: 407 })).env,
        why: /through the proxy.*407/,
        hint: /_PROXY/,
      },
      {
        name: "the proxy knows no way",
        make: async () => (await openCloud({ refuseWith: 502 })).env,
        why: /through the proxy.*502/,
      },
      {
        name: "there is no route",
        // Addresses that are thrown away, which a machine without IPv6 cannot even try.
        make: async () => ({ TEST_RESOLVE_TO: "100::1" }),
        // Bun calls every connection refused that the system does not even try.
        why: testedExecutable === undefined ? /no route|in time/ : /no route|in time|refused/,
        slow: true,
      },
      {
        name: "the server never answers the TLS handshake",
        make: () => behind(() => {}),
        why: /did not answer in time/,
        slow: true,
      },
      {
        name: "the proxy never answers",
        make: async () => ({ HTTPS_PROXY: proxyUrl("127.0.0.1", await listen(() => {})) }),
        why: /through the proxy.*in time/,
        hint: /_PROXY/,
        slow: true,
      },
    ],
    async close() {
      for (const close of closing) await close();
    },
  };
}

async function startListener(serve: (socket: Socket) => void): Promise<{
  readonly port: number;
  readonly close: () => Promise<void>;
}> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).once("close", () => sockets.delete(socket));
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** An address of this machine where nobody listens on the ports of the stores. */
async function findRefusingAddress(): Promise<string> {
  for (const address of ["127.0.0.1", "127.0.0.2", "127.77.77.77"]) {
    const refused = await Promise.all([443, 8200].map((port) => refuses(address, port)));
    if (refused.every(Boolean)) return address;
  }
  throw new Error("something listens on port 443 or 8200 of every address of this machine");
}

function refuses(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket
      .on("error", () => resolve(true))
      .on("connect", () => {
        socket.destroy();
        resolve(false);
      });
  });
}
