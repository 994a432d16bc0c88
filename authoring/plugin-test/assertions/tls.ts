/** AutoMTLS (go-plugin protocol, sections 4 and 11.2). */
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect as tlsConnect } from "node:tls";
import { ChannelCredentials } from "@grpc/grpc-js";
import { type Certificate, createCertificate, toPem } from "../../../internal/goplugin/certificate.ts";
import { lifeFailure } from "../alive.ts";
import { type Assertion, meet, Skipped } from "../assertion.ts";
import type { StartedPlugin, TestBench } from "../bench.ts";
import { failureText, quote } from "../describe-seen.ts";
import { within } from "../within.ts";

const connectMs = 5000;

/** Two of the host's sides: the one whose certificate the plugin is told, and a stranger. */
let certificates: Promise<readonly [own: Certificate, other: Certificate]> | undefined;

function hostCertificates(): Promise<readonly [own: Certificate, other: Certificate]> {
  certificates ??= Promise.all([createCertificate(), createCertificate()]);
  return certificates;
}

/** A plugin under AutoMTLS, and its certificate as PEM. */
async function startedWithTls(bench: TestBench): Promise<StartedPlugin & { readonly pem: string }> {
  const [own] = await hostCertificates();
  const started = await bench.start({ PLUGIN_CLIENT_CERT: own.certificatePem });
  const text = started.line.fields[5] ?? "";
  if (text === "") throw new Skipped("it has no AutoMTLS (P13)");
  return { ...started, pem: toPem(Buffer.from(text, "base64")) };
}

function credentials(pem: string, shown: Certificate | undefined): ChannelCredentials {
  const roots = Buffer.from(pem);
  if (shown === undefined) return ChannelCredentials.createSsl(roots);
  return ChannelCredentials.createSsl(roots, Buffer.from(shown.keyPem), Buffer.from(shown.certificatePem));
}

/** Undefined when a call was answered over such a channel, else why not. */
async function refusal(
  bench: TestBench,
  started: StartedPlugin,
  channel: ChannelCredentials,
): Promise<string | undefined> {
  // Not waiting until it is ready: with TLS 1.3 a client believes it is before the server has judged its certificate.
  const failure = await lifeFailure(bench, { client: await started.plugin.dial(channel) });
  return failure === undefined ? undefined : failureText(failure);
}

/** P13 to P16. */
export const tlsAssertions: readonly Assertion[] = [
  {
    id: "P13",
    sentence: "with PLUGIN_CLIENT_CERT it prints its certificate in the sixth field",
    level: "should",
    fix: "make a certificate for localhost at the start and serve TLS with it: hosts on Windows, and with --mtls always, insist on it",
    async check(bench) {
      const [own] = await hostCertificates();
      const { plugin, line } = await bench.start({ PLUGIN_CLIENT_CERT: own.certificatePem });
      await bench.end(plugin);
      meet((line.fields[5] ?? "") !== "", "a certificate", "none");
    },
  },
  {
    id: "P13b",
    sentence: "the certificate is DER in standard base64 without padding, at each of several starts",
    level: "must",
    fix: "encode with the alphabet of A-Z a-z 0-9 + / on one line, and strip every = from the end: Go fails on them",
    async check(bench) {
      // The length of a signature, and with it the padding, differs from start to start.
      for (const { plugin, line } of await Promise.all([1, 2, 3, 4].map(() => startedWithTls(bench)))) {
        await bench.end(plugin);
        const text = line.fields[5] ?? "";
        meet(/^[A-Za-z0-9+/]+$/.test(text), "A-Z a-z 0-9 + / alone", quote(text.replace(/[A-Za-z0-9+/]{8,}/g, "…")));
        meet(isCertificate(Buffer.from(text, "base64")), "an X.509 certificate in DER", quote(text.slice(0, 60)));
      }
    },
  },
  {
    id: "P14",
    sentence: "it takes a client that shows the host's certificate",
    level: "must",
    fix: "trust exactly the certificate in PLUGIN_CLIENT_CERT, for clients, and serve with the one that is printed",
    async check(bench) {
      const [own] = await hostCertificates();
      const started = await startedWithTls(bench);
      const reason = await refusal(bench, started, credentials(started.pem, own));
      await bench.end(started.plugin);
      meet(reason === undefined, "an answer", reason ?? "");
    },
  },
  {
    id: "P14b",
    sentence: "it refuses clients with another certificate, with none, and without TLS",
    level: "must",
    fix: "require a client certificate, verify it against the one in PLUGIN_CLIENT_CERT, and serve nothing without TLS",
    async check(bench) {
      const [, other] = await hostCertificates();
      const started = await startedWithTls(bench);
      const strangers: readonly [string, ChannelCredentials][] = [
        ["with another certificate", credentials(started.pem, other)],
        ["without a certificate", credentials(started.pem, undefined)],
        ["without TLS", ChannelCredentials.createInsecure()],
      ];
      for (const [who, channel] of strangers) {
        const reason = await refusal(bench, started, channel);
        started.plugin.closeClients();
        meet(reason !== undefined, `a client ${who} refused`, "it was answered");
      }
      await bench.end(started.plugin);
    },
  },
  {
    id: "P15",
    sentence: "it speaks TLS 1.2 or 1.3 and chooses h2 by ALPN",
    level: "must",
    fix: "allow TLS 1.2 and above, and offer h2 by ALPN: newer Go hosts refuse a peer without it",
    async check(bench) {
      const [own] = await hostCertificates();
      const { plugin, line, pem } = await startedWithTls(bench);
      const socket = tlsConnect({
        ...(line.network === "unix" ? { path: line.address } : portOf(line.address)),
        ca: pem,
        key: own.keyPem,
        cert: own.certificatePem,
        servername: "localhost",
        ALPNProtocols: ["h2"],
      });
      const failure = once(socket, "error").then(([error]) => failureText(error));
      const outcome = await within(
        Promise.race([once(socket, "secureConnect").then(() => undefined), failure]),
        connectMs,
      );
      const [version, protocol] = [socket.getProtocol(), socket.alpnProtocol];
      socket.destroy();
      await bench.end(plugin);
      meet(version === "TLSv1.2" || version === "TLSv1.3", "TLS 1.2 or 1.3", outcome ?? version ?? "no connection");
      meet(protocol === "h2", "h2 by ALPN", protocol === false || protocol === null ? "nothing" : protocol);
    },
  },
  {
    id: "P16",
    sentence: "its certificate is for the DNS name localhost, and valid now",
    level: "must",
    fix: "put localhost into the subject alternative names, not into the common name alone, and begin the validity a little in the past",
    async check(bench) {
      const { plugin, pem } = await startedWithTls(bench);
      await bench.end(plugin);
      const certificate = new X509Certificate(pem);
      const names = certificate.subjectAltName ?? "none";
      meet(/(^|, )DNS:localhost(,|$)/.test(names), "the name DNS:localhost", quote(names));
      const isValid = Date.parse(certificate.validFrom) <= Date.now() && Date.parse(certificate.validTo) > Date.now();
      meet(isValid, "valid now", `from ${certificate.validFrom} to ${certificate.validTo}`);
    },
  },
];

function isCertificate(der: Uint8Array): boolean {
  try {
    return new X509Certificate(der).raw.length > 0;
  } catch {
    return false;
  }
}

function portOf(address: string): { readonly host: string; readonly port: number } {
  return { host: "127.0.0.1", port: Number(address.split(":").at(-1)) };
}
