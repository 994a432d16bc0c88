import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { ChannelCredentials, ServerCredentials } from "@grpc/grpc-js";
import { ConfigManagerError } from "../errors/errors.ts";
import { type Certificate, toPem } from "./certificate.ts";

/**
 * How a host connects under AutoMTLS: shows its own certificate and takes exactly the one of the handshake line, at
 * TLS 1.2 or better (go-plugin protocol, section 4.2). A channel with them needs `hostChannelOptions`.
 *
 * Throws CM_HANDSHAKE_TLS when `peerDer` is no certificate.
 */
export function hostChannelCredentials(own: Certificate, peerDer: Uint8Array): ChannelCredentials {
  const pinned = readPeerCertificate(peerDer);
  const context = createSecureContext({
    ca: toPem(pinned.raw),
    cert: own.certificatePem,
    key: own.keyPem,
    minVersion: "TLSv1.2",
  });
  return ChannelCredentials.createFromSecureContext(context, {
    // Go's peers may sign others with their certificate (CA is true); being in its chain is not enough here.
    checkServerIdentity: (_host, peer) =>
      pinned.raw.equals(peer.raw) ? undefined : new Error("the plugin's certificate is not that of its handshake line"),
  });
}

/**
 * How a plugin serves under AutoMTLS: shows its own certificate and requires that of `PLUGIN_CLIENT_CERT`, at TLS 1.2
 * or better (go-plugin protocol, section 4.2). With a text that holds no certificate every connection fails, as with
 * a Go plugin: `isCertificatePem` tells before.
 */
export function pluginServerCredentials(own: Certificate, hostCertificatePem: string): ServerCredentials {
  // An empty pool would mean "whoever the system trusts" to Node: trust nobody but ourselves, whose key stays here.
  const trusted = isCertificatePem(hostCertificatePem) ? hostCertificatePem : own.certificatePem;
  const pair = { private_key: Buffer.from(own.keyPem), cert_chain: Buffer.from(own.certificatePem) };
  // grpc-js sets no lowest version; Node's own is TLS 1.2.
  return ServerCredentials.createSsl(Buffer.from(trusted), [pair], true);
}

/** True for text that begins, after anything else, with a certificate in PEM. */
export function isCertificatePem(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0;
  } catch {
    return false;
  }
}

function readPeerCertificate(der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw new ConfigManagerError("CM_HANDSHAKE_TLS", "the certificate of the plugin's handshake line cannot be read", {
      hint: "print the certificate as DER in standard base64 without padding",
      cause,
    });
  }
}
