import { once } from "node:events";
import { connect } from "node:net";
import { connect as tlsConnect, type TLSSocket } from "node:tls";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { beforeAll, describe, expect, it } from "vitest";
import { addService, type GrpcPairOptions, startGrpcPair } from "../../test/helpers/grpc-pair.ts";
import { Health } from "../gen/grpc/health/v1/health_pb.js";
import { hostChannelCredentials, isCertificatePem, pluginServerCredentials } from "./auto-mtls.ts";
import { type Certificate, createCertificate } from "./certificate.ts";
import { checkHealth, createHealthService } from "./health.ts";

let host: Certificate;
let plugin: Certificate;
let stranger: Certificate;

beforeAll(async () => {
  [host, plugin, stranger] = await Promise.all([createCertificate(), createCertificate(), createCertificate()]);
});

function startHealthPair(options: GrpcPairOptions): ReturnType<typeof startGrpcPair> {
  return startGrpcPair((server) => addService(server, Health, createHealthService().handlers), options);
}

describe.each(["unix", "tcp"] as const)("AutoMTLS over %s", (network) => {
  it("connects host and plugin that know each other's certificate", async () => {
    const { client } = await startHealthPair({
      network,
      serverCredentials: pluginServerCredentials(plugin, host.certificatePem),
      channelCredentials: hostChannelCredentials(host, plugin.certificateDer),
    });
    expect(await checkHealth(client, 10_000)).toBe("serving");
  });

  it("refuses a plugin whose certificate is not that of the handshake line", async () => {
    const { client } = await startHealthPair({
      network,
      serverCredentials: pluginServerCredentials(stranger, host.certificatePem),
      channelCredentials: hostChannelCredentials(host, plugin.certificateDer),
    });
    await expect(checkHealth(client, 10_000)).rejects.toMatchObject(unavailable(/self-signed certificate/));
  });

  it("refuses a host with another certificate", async () => {
    const { client } = await startHealthPair({
      network,
      serverCredentials: pluginServerCredentials(plugin, host.certificatePem),
      channelCredentials: hostChannelCredentials(stranger, plugin.certificateDer),
    });
    await expect(checkHealth(client, 10_000)).rejects.toMatchObject(unavailable());
  });

  it("refuses a host without a certificate", async () => {
    const { client } = await startHealthPair({
      network,
      serverCredentials: pluginServerCredentials(plugin, host.certificatePem),
      channelCredentials: credentials.createSsl(Buffer.from(plugin.certificatePem)),
    });
    await expect(checkHealth(client, 10_000)).rejects.toMatchObject(unavailable());
  });

  it("refuses a host that speaks no TLS", async () => {
    const { client } = await startHealthPair({
      network,
      serverCredentials: pluginServerCredentials(plugin, host.certificatePem),
    });
    await expect(checkHealth(client, 10_000)).rejects.toMatchObject(unavailable());
  });

  it("refuses a plugin that speaks no TLS", async () => {
    const { client } = await startHealthPair({
      network,
      channelCredentials: hostChannelCredentials(host, plugin.certificateDer),
    });
    await expect(checkHealth(client, 10_000)).rejects.toMatchObject(unavailable());
  });

  it.each(["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])(
    "lets nobody in when the host's certificate is %j",
    async (pem) => {
      const { client } = await startHealthPair({
        network,
        serverCredentials: pluginServerCredentials(plugin, pem),
        channelCredentials: hostChannelCredentials(host, plugin.certificateDer),
      });
      await expect(checkHealth(client, 10_000)).rejects.toMatchObject(unavailable());
    },
  );
});

describe("the TLS connection", () => {
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
    expect(() => hostChannelCredentials(host, notACertificate)).toThrow(
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
  const serverCredentials = pluginServerCredentials(plugin, host.certificatePem);
  const { address } = await startHealthPair({ serverCredentials });
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
