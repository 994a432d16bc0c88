import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect as tlsConnect, type ConnectionOptions } from "node:tls";
import { ChannelCredentials } from "@grpc/grpc-js";
import { beforeAll, describe, expect, it } from "vitest";
import { type Certificate, createCertificate, toPem } from "../../internal/goplugin/certificate.ts";
import { buildTestPlugins, type TestPlugins } from "../helpers/build-once.ts";
import { askOne, failureOf } from "../../authoring/plugin-test/raw-calls.ts";
import type { RawPlugin } from "../../authoring/plugin-test/raw-plugin.ts";
import { useRawHost } from "./raw-host.ts";

let plugins: TestPlugins;
let own: Certificate;
let other: Certificate;
beforeAll(async () => {
  plugins = await buildTestPlugins();
  [own, other] = await Promise.all([createCertificate(), createCertificate()]);
});
const host = useRawHost();

function launch(env: Record<string, string> = {}): RawPlugin {
  return host.launch({ file: plugins.file("probe"), env: { PLUGIN_CLIENT_CERT: own.certificatePem, ...env } });
}

async function pluginPem(plugin: RawPlugin): Promise<string> {
  const { fields } = await plugin.handshake();
  return toPem(Buffer.from(fields[5]!, "base64"));
}

function credentials(pluginCertificate: string, shown?: Certificate): ChannelCredentials {
  const roots = Buffer.from(pluginCertificate);
  if (shown === undefined) return ChannelCredentials.createSsl(roots);
  return ChannelCredentials.createSsl(roots, Buffer.from(shown.keyPem), Buffer.from(shown.certificatePem));
}

describe("a plugin under AutoMTLS", () => {
  it("P13 prints its certificate as unpadded base64 of DER, in twenty starts", async () => {
    for (let round = 0; round < 20; round++) {
      const plugin = launch();
      const { fields } = await plugin.handshake();
      expect(fields).toHaveLength(6);
      expect(fields[5]).toMatch(/^[A-Za-z0-9+/]{600,}$/);
      const der = Buffer.from(fields[5]!, "base64");
      // What was read is all that was written.
      expect(der.toString("base64").replaceAll("=", "")).toBe(fields[5]);
      expect(new X509Certificate(der).raw.equals(der)).toBe(true);
      plugin.child.kill("SIGTERM");
    }
  });

  it.each(["unix", "tcp"])("P14 takes the host's certificate on %s", async (network) => {
    const plugin = launch({ PROBE_NETWORK: network });
    const client = await plugin.connect(credentials(await pluginPem(plugin), own));
    expect(await askOne(client, "echo/hello")).toBe("hello");
  });

  it.each(["none", "another"])("P14 refuses a client with %s certificate", async (kind) => {
    const plugin = launch();
    const shown = kind === "none" ? undefined : other;
    // With TLS 1.3 a client believes it is connected before the server has judged its certificate.
    const call = pluginPem(plugin)
      .then((pem) => plugin.dial(credentials(pem, shown)))
      .then((client) => askOne(client, "echo/hello"));
    await failureOf(call);
    // It still serves those who are welcome.
    const client = await plugin.connect(credentials(await pluginPem(plugin), own));
    expect(await askOne(client, "echo/hello")).toBe("hello");
  });

  it("P14 refuses a client without TLS", async () => {
    await failureOf(
      launch()
        .dial()
        .then((client) => askOne(client, "echo/hello")),
    );
  });

  it("P14 refuses everybody when the host's certificate is none", async () => {
    const plugin = launch({ PLUGIN_CLIENT_CERT: "no certificate" });
    const pem = await pluginPem(plugin);
    await failureOf(plugin.dial(credentials(pem, own)).then((client) => askOne(client, "echo/hello")));
  });

  it.each([
    ["TLSv1.2", true],
    ["TLSv1.3", true],
    ["TLSv1.1", false],
  ] as const)("P15 with %s a connection succeeds: %s", async (version, succeeds) => {
    const plugin = launch();
    const { address } = await plugin.handshake();
    const options: ConnectionOptions = {
      path: address,
      ca: await pluginPem(plugin),
      key: own.keyPem,
      cert: own.certificatePem,
      servername: "localhost",
      ALPNProtocols: ["h2"],
      minVersion: version,
      maxVersion: version,
      // OpenSSL offers nothing below 1.2 at its usual level, and then it would be the client that refuses.
      ciphers: "DEFAULT@SECLEVEL=0",
    };
    const socket = tlsConnect(options);
    const outcome = await Promise.race([
      once(socket, "secureConnect").then(() => [socket.getProtocol(), socket.alpnProtocol]),
      once(socket, "error").then(([error]) => (error as NodeJS.ErrnoException).code),
    ]).catch((error: NodeJS.ErrnoException) => error.code);
    socket.destroy();
    if (succeeds) expect(outcome).toEqual([version, "h2"]);
    else expect(outcome).toMatch(/^(ERR_SSL_|ECONNRESET)/);
  });

  it("P16 has a certificate for localhost, valid since the past and beyond 2049", async () => {
    const plugin = launch();
    const certificate = new X509Certificate(await pluginPem(plugin));
    expect(certificate.subjectAltName).toBe("DNS:localhost");
    expect(certificate.checkHost("localhost")).toBe("localhost");
    expect(new Date(certificate.validFrom).getTime()).toBeLessThan(Date.now());
    expect(new Date(certificate.validTo).getUTCFullYear()).toBeGreaterThan(2049);
    // GeneralizedTime, tag 0x18 with 15 characters: UTCTime has no such year.
    expect(certificate.raw.includes(Buffer.from([0x18, 0x0f]))).toBe(true);
  });
});
