import { ConfigManagerError, type ErrorDetails } from "../errors/errors.ts";
import { escapeControls } from "../errors/redact.ts";
import { coreProtocolVersion } from "./constants.ts";
import { parseGoBool, parseGoInt, trimGoSpace } from "./go-text.ts";

/** How a plugin can be reached. */
export type PluginNetwork = "unix" | "tcp";

/** What a plugin says of itself in the first line of its stdout. */
export interface HandshakeLine {
  readonly appVersion: number;
  readonly network: PluginNetwork;
  /** The path of a socket, or `host:port`; the host may be empty and then means this machine. */
  readonly address: string;
  /** The plugin's leaf certificate, DER; there under AutoMTLS only. */
  readonly certificate?: Uint8Array;
  /** Field 7: whether broker multiplexing is spoken; absent when the plugin does not say or says nonsense. */
  readonly multiplex?: boolean;
}

/** What a host takes. */
export interface ExpectedHandshake {
  readonly appVersions: readonly number[];
  /** The host has sent its certificate and insists on one in return. */
  readonly autoMtls: boolean;
}

/** A field 6 of at most this many characters is no certificate (go-plugin protocol, section 2.3 row 9). */
const maxIgnoredCertificateLength = 50;

/** The longest path that any system can connect to: Linux has 108 bytes with the closing NUL. */
const maxAddressBytes = 107;

/**
 * What the first line of a plugin's stdout says (go-plugin protocol, sections 2.1 to 2.3, checked in that order).
 *
 * `line` comes without its line feed; a carriage return and blanks around the whole line are ignored, fields behind
 * the seventh too. Throws CM_HANDSHAKE_MALFORMED, CM_HANDSHAKE_VERSION (both sets in the message),
 * CM_HANDSHAKE_PROTOCOL and CM_HANDSHAKE_TLS; `details.line` quotes the line, escaped and cut off at 200 characters.
 */
export function parseHandshakeLine(line: string, expected: ExpectedHandshake): HandshakeLine {
  const details: ErrorDetails = { line: quoteLine(line) };
  const fields = trimGoSpace(line).split("|");
  const [core, app, network, address, protocol = "netrpc", certificateText = "", multiplexText = ""] = fields;
  if (core === undefined || app === undefined || network === undefined || address === undefined) {
    throw new ConfigManagerError(
      "CM_HANDSHAKE_MALFORMED",
      `the first line of stdout is no handshake: "${quoteLine(line)}"`,
      {
        hint: "print nothing to stdout before the handshake, and check that the file is a plugin for this system",
        details,
      },
    );
  }
  checkCoreVersion(core, details);
  const appVersion = parseAppVersion(app, expected.appVersions, details);
  checkAddress(network, address, details);
  checkProtocol(protocol, details);
  const certificate = parseCertificate(certificateText, expected.autoMtls, details);
  const multiplex = parseGoBool(multiplexText);
  return {
    appVersion,
    network,
    address,
    ...(certificate === undefined ? {} : { certificate }),
    ...(multiplex === undefined ? {} : { multiplex }),
  };
}

/**
 * The line that a plugin prints, without its line feed: 5 fields, 6 with a certificate, 7 when `multiplex` is set,
 * which a host must have asked for (go-plugin protocol, section 2.1).
 *
 * Throws CM_HANDSHAKE_MALFORMED for an address that does not fit into a field.
 */
export function formatHandshakeLine(line: HandshakeLine): string {
  if (line.address === "" || /[|\r\n]/.test(line.address)) {
    throw new ConfigManagerError(
      "CM_HANDSHAKE_MALFORMED",
      `the address "${quoteLine(line.address)}" does not fit into a handshake line`,
      { hint: "use a temporary folder without bars and line breaks in its path" },
    );
  }
  const fields = [coreProtocolVersion, line.appVersion, line.network, line.address, "grpc"];
  // Go decodes base64 without padding and fails on every `=` (section 12.1 row 9).
  if (line.certificate !== undefined) fields.push(Buffer.from(line.certificate).toString("base64").replaceAll("=", ""));
  if (line.multiplex !== undefined) {
    if (line.certificate === undefined) fields.push("");
    fields.push(String(line.multiplex));
  }
  return fields.join("|");
}

function checkCoreVersion(text: string, details: ErrorDetails): void {
  const version = parseGoInt(text);
  if (version === undefined)
    throw malformed(`the core protocol version "${quoteField(text)}" is not a number`, details);
  if (version === coreProtocolVersion) return;
  throw new ConfigManagerError(
    "CM_HANDSHAKE_VERSION",
    `the plugin speaks core protocol version "${version}", this program "${coreProtocolVersion}"`,
    { hint: "build the plugin with a go-plugin that speaks core protocol version 1", details },
  );
}

function parseAppVersion(text: string, hostVersions: readonly number[], details: ErrorDetails): number {
  const version = parseGoInt(text);
  if (version === undefined) throw malformed(`the app protocol version "${quoteField(text)}" is not a number`, details);
  if (hostVersions.includes(version)) return version;
  const hostSet = hostVersions.join(", ");
  throw new ConfigManagerError(
    "CM_HANDSHAKE_VERSION",
    `the plugin speaks app protocol version "${version}", this program "${hostSet}"`,
    {
      hint: "install a version of the plugin that fits this program",
      details: { ...details, pluginVersion: version, hostVersions: hostVersions.map(String) },
    },
  );
}

function checkAddress(network: string, address: string, details: ErrorDetails): asserts network is PluginNetwork {
  if (network === "unix") {
    // The system would take neither, but Node would cut the path off at a NUL or at 108 bytes and connect elsewhere.
    if (address === "" || address.includes("\0") || Buffer.byteLength(address) > maxAddressBytes) {
      throw malformed(`"${quoteField(address)}" is not the path of a socket`, details);
    }
  } else if (network === "tcp") {
    const port = parseGoInt(address.slice(address.lastIndexOf(":") + 1)) ?? 0;
    if (!isHostAndPort(address) || port < 1 || port > 65_535) {
      throw malformed(`"${quoteField(address)}" is not a host and a port`, details);
    }
  } else {
    throw malformed(`the network "${quoteField(network)}" is neither unix nor tcp`, details);
  }
}

// A name or an IPv4 address, perhaps empty, or an IPv6 address in brackets; nothing that a gRPC target reads otherwise.
function isHostAndPort(address: string): boolean {
  return /^(?:[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?\]):[0-9]{1,5}$/.test(address);
}

function checkProtocol(protocol: string, details: ErrorDetails): void {
  if (protocol === "grpc") return;
  throw new ConfigManagerError(
    "CM_HANDSHAKE_PROTOCOL",
    `the plugin speaks the protocol "${quoteField(protocol)}", this program "grpc"`,
    { hint: "build the plugin with a gRPC server", details },
  );
}

function parseCertificate(text: string, autoMtls: boolean, details: ErrorDetails): Uint8Array | undefined {
  if (text.length <= maxIgnoredCertificateLength) {
    if (!autoMtls) return undefined;
    throw tlsError("the plugin sent no certificate although AutoMTLS is on", details, {
      hint: "build the plugin with support for AutoMTLS, or turn AutoMTLS off for it",
    });
  }
  if (!autoMtls) {
    throw tlsError("the plugin sent a certificate although AutoMTLS is off", details, {
      hint: "look for a PLUGIN_CLIENT_CERT that the plugin gets from elsewhere",
    });
  }
  const unpadded = /^[A-Za-z0-9+/]+$/.test(text) && text.length % 4 !== 1;
  const der = unpadded ? new Uint8Array(Buffer.from(text, "base64")) : undefined;
  if (der !== undefined && isOneSequence(der)) return der;
  throw tlsError(`the plugin's certificate "${quoteField(text)}" cannot be read`, details, {
    hint: "print the certificate as DER in standard base64 without padding",
  });
}

// A certificate is one SEQUENCE that fills the field; what is in it is read where TLS is set up.
function isOneSequence(der: Uint8Array): boolean {
  const [tag, first = 0, second = 0, third = 0] = der;
  if (tag !== 0x30) return false;
  if (first < 0x80) return der.length === 2 + first;
  if (first === 0x81) return der.length === 3 + second;
  return first === 0x82 && der.length === 4 + second * 256 + third;
}

function malformed(message: string, details: ErrorDetails): ConfigManagerError {
  return new ConfigManagerError("CM_HANDSHAKE_MALFORMED", message, { details });
}

function tlsError(message: string, details: ErrorDetails, { hint }: { hint: string }): ConfigManagerError {
  return new ConfigManagerError("CM_HANDSHAKE_TLS", message, { hint, details });
}

function quoteLine(text: string): string {
  return quote(text, 200);
}

function quoteField(text: string): string {
  return quote(text, 60);
}

// Cut off first, so that a line of a megabyte costs nothing; never through a surrogate pair.
function quote(text: string, maxLength: number): string {
  if (text.length <= maxLength) return escapeControls(text);
  const cut = text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, "");
  return `${escapeControls(cut)}…`;
}
