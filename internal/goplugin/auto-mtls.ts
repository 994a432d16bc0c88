import { X509Certificate } from "node:crypto";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import { ConfigManagerError } from "../errors/errors.ts";
import { type Certificate, toPem } from "./certificate.ts";
import type { SocketTarget } from "./socket-target.ts";

/**
 * Connects as a host does under AutoMTLS: shows its own certificate and takes exactly the one of the handshake line, at TLS
 * 1.2 or better, and speaks HTTP/2 by ALPN (go-plugin protocol, section 4.2).
 *
 * Throws CM_HANDSHAKE_TLS when `peerDer` is no certificate; what is wrong with the peer is an `error` of the socket.
 */
export function connectMutually(target: SocketTarget, own: Certificate, peerDer: Uint8Array): TLSSocket {
  const pinned = readPeerCertificate(peerDer);
  return connect({
    ...target,
    ca: toPem(pinned.raw),
    cert: own.certificatePem,
    key: own.keyPem,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["h2"],
    servername: "localhost",
    // Go's peers may sign others with their certificate (CA is true); being in its chain is not enough here.
    checkServerIdentity: (_host, peer) =>
      pinned.raw.equals(peer.raw) ? undefined : new Error("the plugin's certificate is not that of its handshake line"),
  }).setNoDelay(true);
}

/**
 * A server, not listening yet, that takes connections as a plugin does under AutoMTLS: it shows its own certificate and
 * requires that of `PLUGIN_CLIENT_CERT`, at TLS 1.2 or better, and HTTP/2 (go-plugin protocol, section 4.2). With a text that
 * holds no certificate every connection fails, as with a Go plugin: `isCertificatePem` tells before.
 */
export function createMutualServer(
  own: Certificate,
  hostCertificatePem: string,
  onConnection: (socket: TLSSocket) => void,
): Server {
  // An empty pool would mean "whoever the system trusts" to Node: trust nobody but ourselves, whose key stays here.
  const trusted = isCertificatePem(hostCertificatePem) ? hostCertificatePem : own.certificatePem;
  const server = createServer({
    key: own.keyPem,
    cert: own.certificatePem,
    ca: trusted,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["h2"],
  });
  return server.on("secureConnection", (socket) => onConnection(socket.setNoDelay(true)));
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
