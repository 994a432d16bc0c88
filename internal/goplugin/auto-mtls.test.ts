import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as tlsConnect, type TLSSocket } from "node:tls";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { checkHealth } from "../../test/helpers/goplugin-peer.ts";
import { type OwnServed, serveOwn } from "../../test/helpers/grpc-pair.ts";
import { connectMutually, createMutualServer, isCertificatePem } from "./auto-mtls.ts";
import { type Certificate, createCertificate } from "./certificate.ts";
import { ask } from "./grpc/ask.ts";
import { GrpcClient } from "./grpc/client.ts";
import type { PluginNetwork } from "./handshake-line.ts";
import { createHealthService } from "./health.ts";
import { addMethods } from "./plugin-services.ts";
import { socketTarget } from "./socket-target.ts";

let host: Certificate;
let plugin: Certificate;
let stranger: Certificate;

beforeAll(async () => {
  [host, plugin, stranger] = await Promise.all([createCertificate(), createCertificate(), createCertificate()]);
});

/** A plugin that shows one certificate and trusts whoever has the other. */
function startPlugin(network: PluginNetwork, own: Certificate, hostPem: string): Promise<OwnServed> {
  return serveOwn((server) => addMethods(server, createHealthService().methods), {
    network,
    createServer: (server) => createMutualServer(own, hostPem, (socket) => server.accept(socket)),
  });
}

function connectHost({ network, address }: OwnServed, own: Certificate, pluginDer: Uint8Array): GrpcClient {
  const socket = connectMutually(socketTarget({ network, address }), own, pluginDer);
  const client = new GrpcClient({ socket, connectEvent: "secureConnect" });
  onTestFinished(() => client.close());
  return client;
}

describe.each(["unix", "tcp"] as const)("AutoMTLS over %s", (network) => {
  it("connects host and plugin that know each other's certificate", async () => {
    const served = await startPlugin(network, plugin, host.certificatePem);
    const client = connectHost(served, host, plugin.certificateDer);
    await client.ready;
    expect(await ask(client, "/grpc.health.v1.Health/Check", Buffer.alloc(0), {})).toEqual(Buffer.of(8, 1));
  });

  it("lets another gRPC in that has the host's certificate", async () => {
    const served = await startPlugin(network, plugin, host.certificatePem);
    const [ca, key, cert] = [plugin.certificatePem, host.keyPem, host.certificatePem].map((pem) => Buffer.from(pem));
    expect(await checkHealth(served.connect(credentials.createSsl(ca, key, cert)), 10_000)).toBe("serving");
  });

  it("refuses a plugin whose certificate is not that of the handshake line", async () => {
    const served = await startPlugin(network, stranger, host.certificatePem);
    await expect(connectHost(served, host, plugin.certificateDer).ready).rejects.toThrow(/self[- ]signed certificate/);
  });

  it("refuses a host with another certificate", async () => {
    const served = await startPlugin(network, plugin, host.certificatePem);
    await expect(connectHost(served, stranger, plugin.certificateDer).ready).rejects.toThrow(/./);
  });

  it("refuses a host without a certificate", async () => {
    const served = await startPlugin(network, plugin, host.certificatePem);
    const client = served.connect(credentials.createSsl(Buffer.from(plugin.certificatePem)));
    await expect(checkHealth(client, 10_000)).rejects.toMatchObject(unavailable());
  });

  it("refuses a host that speaks no TLS", async () => {
    const served = await startPlugin(network, plugin, host.certificatePem);
    await expect(served.connectOwn().ready).rejects.toThrow(/./);
  });

  it("refuses a plugin that speaks no TLS", async () => {
    const served = await serveOwn((server) => addMethods(server, createHealthService().methods), { network });
    await expect(connectHost(served, host, plugin.certificateDer).ready).rejects.toThrow(/./);
  });

  it.each(["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])(
    "lets nobody in when the host's certificate is %j",
    async (pem) => {
      const served = await startPlugin(network, plugin, pem);
      await expect(connectHost(served, host, plugin.certificateDer).ready).rejects.toThrow(/./);
    },
  );
});

describe("the TLS connection", () => {
  it("keeps nothing back on either side until the peer has acknowledged what came before", async () => {
    const accepted = deferred<Socket>();
    const served = await serveOwn(() => {}, {
      network: "tcp",
      createServer: (server) =>
        createMutualServer(plugin, host.certificatePem, (socket) => {
          accepted.resolve(socket);
          server.accept(socket);
        }),
    });
    const socket = connectMutually(socketTarget(served), host, plugin.certificateDer);
    onTestFinished(() => void socket.destroy());
    expect([hasNoDelay(socket), hasNoDelay(await accepted.promise)]).toEqual([true, true]);
  });

  it("selects HTTP/2 by ALPN, which newer Go peers insist on", async () => {
    const { socket } = await connectWith("TLSv1.2");
    await once(socket, "secureConnect");
    expect(socket.alpnProtocol).toBe("h2");
    expect(socket.getProtocol()).toBe("TLSv1.2");
  });

  it("is refused below TLS 1.2", async () => {
    const { socket } = await connectWith("TLSv1.1");
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => void socket.once("error", resolve));
    expect(error.code).toMatch(/^ERR_SSL_/);
  });
});

describe("what cannot be read", () => {
  it("is CM_HANDSHAKE_TLS for the certificate of a handshake line", () => {
    const notACertificate = Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x01);
    expect(() => connectMutually({ path: "/nowhere" }, host, notACertificate)).toThrow(
      expect.objectContaining({ code: "CM_HANDSHAKE_TLS" }),
    );
  });

  it("is told apart from a certificate in PEM", () => {
    expect(isCertificatePem(host.certificatePem)).toBe(true);
    expect(isCertificatePem(host.keyPem)).toBe(false);
    expect(isCertificatePem("")).toBe(false);
  });
});

// UNAVAILABLE, with the reason in the details.
function unavailable(details = /./): Partial<Record<keyof ServiceError, unknown>> {
  return { code: 14, details: expect.stringMatching(details) };
}

async function connectWith(version: "TLSv1.1" | "TLSv1.2"): Promise<{ socket: TLSSocket }> {
  const { address } = await startPlugin("unix", plugin, host.certificatePem);
  const socket = tlsConnect({
    socket: connect(address),
    ca: plugin.certificatePem,
    cert: host.certificatePem,
    key: host.keyPem,
    servername: "localhost",
    ALPNProtocols: ["h2"],
    minVersion: version,
    maxVersion: version,
    // OpenSSL 3 signs nothing for TLS 1.1 at its usual level of security.
    ciphers: "DEFAULT:@SECLEVEL=0",
  });
  return { socket };
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  return { promise: new Promise((settle) => (resolve = settle)), resolve: (value) => resolve(value) };
}

/** What Node remembers of TCP_NODELAY, which it has no way to ask the system for. */
function hasNoDelay(socket: Socket): unknown {
  const symbol = Object.getOwnPropertySymbols(socket).find(({ description }) => description === "kSetNoDelay");
  return symbol === undefined ? undefined : Reflect.get(socket, symbol);
}
