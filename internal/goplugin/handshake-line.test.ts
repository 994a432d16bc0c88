import { describe, expect, it } from "vitest";
import { isConfigManagerError } from "../errors/errors.ts";
import {
  type ExpectedHandshake,
  formatHandshakeLine,
  type HandshakeLine,
  parseHandshakeLine,
} from "./handshake-line.ts";

const plain: ExpectedHandshake = { appVersions: [2, 1], autoMtls: false };
const mtls: ExpectedHandshake = { appVersions: [2, 1], autoMtls: true };

/** A SEQUENCE of the given content length: what the line's parser takes for a certificate. */
function der(contentLength: number): Uint8Array {
  return Uint8Array.of(
    0x30,
    0x82,
    contentLength >> 8,
    contentLength & 0xff,
    ...new Uint8Array(contentLength).fill(0xfb),
  );
}

const certificate = der(600);
const certificateText = Buffer.from(certificate).toString("base64").replaceAll("=", "");

describe("parseHandshakeLine", () => {
  const unix = { appVersion: 1, network: "unix", address: "/tmp/plugin123" };
  it.each<{ name: string; line: string; expected: object; host?: ExpectedHandshake }>([
    { name: "a Go plugin's six fields", line: "1|1|unix|/tmp/plugin123|grpc|", expected: unix },
    { name: "five fields", line: "1|1|unix|/tmp/plugin123|grpc", expected: unix },
    { name: "a carriage return", line: "1|1|unix|/tmp/plugin123|grpc|\r", expected: unix },
    { name: "blanks around the line", line: " \t\u0085\u00a01|1|unix|/tmp/plugin123|grpc \u3000\v", expected: unix },
    { name: "signs and leading zeros", line: "+1|01|unix|/tmp/plugin123|grpc|", expected: unix },
    { name: "fields behind the seventh", line: "1|1|unix|/tmp/plugin123|grpc||x|y|z", expected: unix },
    { name: "a seventh field", line: "1|1|unix|/tmp/plugin123|grpc||false", expected: { ...unix, multiplex: false } },
    { name: "a seventh field T", line: "1|1|unix|/tmp/plugin123|grpc||T", expected: { ...unix, multiplex: true } },
    { name: "nonsense in the seventh field, unasked", line: "1|1|unix|/tmp/plugin123|grpc||maybe", expected: unix },
    { name: "a sixth field of 50 characters", line: `1|1|unix|/tmp/plugin123|grpc|${"=".repeat(50)}`, expected: unix },
    {
      name: "a path with blanks inside",
      line: "1|2|unix|/a b/c|grpc",
      expected: { appVersion: 2, network: "unix", address: "/a b/c" },
    },
    {
      name: "a TCP address",
      line: "1|2|tcp|127.0.0.1:1234|grpc",
      expected: { appVersion: 2, network: "tcp", address: "127.0.0.1:1234" },
    },
    {
      name: "an empty host",
      line: "1|2|tcp|:1234|grpc",
      expected: { appVersion: 2, network: "tcp", address: ":1234" },
    },
    {
      name: "an IPv6 host",
      line: "1|2|tcp|[::1]:1234|grpc",
      expected: { appVersion: 2, network: "tcp", address: "[::1]:1234" },
    },
    {
      name: "a certificate",
      line: `1|1|unix|/tmp/plugin123|grpc|${certificateText}`,
      expected: { ...unix, certificate },
      host: mtls,
    },
  ])("takes $name", ({ line, expected, host = plain }) => {
    expect(parseHandshakeLine(line, host)).toEqual(expected);
  });

  it.each<{ name: string; line: string; code: string; message: RegExp; host?: ExpectedHandshake }>([
    { name: "an empty line", line: "", code: "CM_HANDSHAKE_MALFORMED", message: /no handshake: ""/ },
    {
      name: "a banner",
      line: "Hello\x1b[2J",
      code: "CM_HANDSHAKE_MALFORMED",
      message: /no handshake: "Hello\\x1b\[2J"/,
    },
    { name: "three fields", line: "1|1|unix", code: "CM_HANDSHAKE_MALFORMED", message: /no handshake: "1\|1\|unix"/ },
    {
      name: "a core version of letters",
      line: "x|1|unix|/a|grpc",
      code: "CM_HANDSHAKE_MALFORMED",
      message: /core protocol version "x"/,
    },
    {
      name: "blanks in a field",
      line: "1 | 1|unix|/a|grpc",
      code: "CM_HANDSHAKE_MALFORMED",
      message: /core protocol version "1 "/,
    },
    {
      name: "a byte order mark",
      line: "\ufeff1|1|unix|/a|grpc",
      code: "CM_HANDSHAKE_MALFORMED",
      message: /core protocol version/,
    },
    {
      name: "core version 2",
      line: "2|9|ufo|/a|grpc",
      code: "CM_HANDSHAKE_VERSION",
      message: /core protocol version "2", this program "1"/,
    },
    {
      name: "an app version of letters",
      line: "1|1.0|unix|/a|grpc",
      code: "CM_HANDSHAKE_MALFORMED",
      message: /app protocol version "1.0"/,
    },
    {
      name: "an unknown app version",
      line: "1|3|ufo|/a|x",
      code: "CM_HANDSHAKE_VERSION",
      message: /app protocol version "3", this program "2, 1"/,
    },
    {
      name: "an unknown network",
      line: "1|1|udp|/a|x",
      code: "CM_HANDSHAKE_MALFORMED",
      message: /"udp" is neither unix nor tcp/,
    },
    {
      name: "an empty path",
      line: "1|1|unix||grpc",
      code: "CM_HANDSHAKE_MALFORMED",
      message: /"" is not the path of a socket/,
    },
    {
      name: "a path that no system takes",
      line: `1|1|unix|/${"é".repeat(54)}|grpc`,
      code: "CM_HANDSHAKE_MALFORMED",
      message: /é…" is not the path|é" is not the path/,
    },
    {
      name: "a path with a NUL",
      line: "1|1|unix|/a\0b|grpc",
      code: "CM_HANDSHAKE_MALFORMED",
      message: /"\/a\\x00b" is not the path/,
    },
    {
      name: "a TCP address without port",
      line: "1|1|tcp|127.0.0.1|grpc",
      code: "CM_HANDSHAKE_MALFORMED",
      message: /"127.0.0.1" is not a host and a port/,
    },
    {
      name: "port 0",
      line: "1|1|tcp|127.0.0.1:0|grpc",
      code: "CM_HANDSHAKE_MALFORMED",
      message: /not a host and a port/,
    },
    {
      name: "port 65536",
      line: "1|1|tcp|127.0.0.1:65536|grpc",
      code: "CM_HANDSHAKE_MALFORMED",
      message: /not a host and a port/,
    },
    {
      name: "a target in disguise",
      line: "1|1|tcp|unix:/a:1|grpc",
      code: "CM_HANDSHAKE_MALFORMED",
      message: /not a host and a port/,
    },
    {
      name: "netrpc",
      line: "1|1|unix|/a|netrpc",
      code: "CM_HANDSHAKE_PROTOCOL",
      message: /protocol "netrpc", this program "grpc"/,
    },
    {
      name: "four fields, which mean netrpc",
      line: "1|1|unix|/a",
      code: "CM_HANDSHAKE_PROTOCOL",
      message: /protocol "netrpc"/,
    },
    {
      name: "a protocol in capitals",
      line: "1|1|unix|/a|GRPC",
      code: "CM_HANDSHAKE_PROTOCOL",
      message: /protocol "GRPC"/,
    },
    {
      name: "a certificate unasked",
      line: `1|1|unix|/a|grpc|${certificateText}`,
      code: "CM_HANDSHAKE_TLS",
      message: /although AutoMTLS is off/,
    },
    {
      name: "no certificate under AutoMTLS",
      line: "1|1|unix|/a|grpc|",
      code: "CM_HANDSHAKE_TLS",
      message: /although AutoMTLS is on/,
      host: mtls,
    },
    {
      name: "a short certificate under AutoMTLS",
      line: "1|1|unix|/a|grpc|abcd",
      code: "CM_HANDSHAKE_TLS",
      message: /although AutoMTLS is on/,
      host: mtls,
    },
    {
      name: "padding",
      line: `1|1|unix|/a|grpc|${Buffer.from(der(60)).toString("base64")}`,
      code: "CM_HANDSHAKE_TLS",
      message: /cannot be read/,
      host: mtls,
    },
    {
      name: "the other base64 alphabet",
      line: `1|1|unix|/a|grpc|${"_-".repeat(40)}`,
      code: "CM_HANDSHAKE_TLS",
      message: /cannot be read/,
      host: mtls,
    },
    {
      name: "a certificate that is cut off",
      line: `1|1|unix|/a|grpc|${certificateText.slice(0, -4)}`,
      code: "CM_HANDSHAKE_TLS",
      message: /cannot be read/,
      host: mtls,
    },
  ])("refuses $name", ({ line, code, message, host = plain }) => {
    expect(errorOf(() => parseHandshakeLine(line, host))).toEqual({
      code,
      message: expect.stringMatching(message),
    });
  });

  it("quotes a line of a megabyte in a bounded message", () => {
    const { message } = errorOf(() => parseHandshakeLine("\x1b".repeat(1_000_000), plain));
    expect(message.length).toBeLessThan(1000);
  });

  it("names both sets of versions in the details", () => {
    expect(() => parseHandshakeLine("1|3|unix|/a|grpc", plain)).toThrow(
      expect.objectContaining({
        details: { pluginVersion: 3, hostVersions: ["2", "1"], line: "1|3|unix|/a|grpc" },
      }),
    );
  });
});

describe("formatHandshakeLine", () => {
  const line: HandshakeLine = { appVersion: 2, network: "unix", address: "/tmp/plugin1" };
  it.each<{ name: string; input: HandshakeLine; expected: string }>([
    { name: "five fields without TLS", input: line, expected: "1|2|unix|/tmp/plugin1|grpc" },
    {
      name: "six with a certificate",
      input: { ...line, certificate },
      expected: `1|2|unix|/tmp/plugin1|grpc|${certificateText}`,
    },
    { name: "seven when asked", input: { ...line, multiplex: false }, expected: "1|2|unix|/tmp/plugin1|grpc||false" },
    {
      name: "seven with a certificate",
      input: { ...line, certificate, multiplex: false },
      expected: `1|2|unix|/tmp/plugin1|grpc|${certificateText}|false`,
    },
  ])("prints $name", ({ input, expected }) => {
    expect(formatHandshakeLine(input)).toBe(expected);
  });

  it.each(["", "/a|b", "/a\nb", "/a\rb"])("refuses the address %j", (address) => {
    expect(errorOf(() => formatHandshakeLine({ ...line, address })).code).toBe("CM_HANDSHAKE_MALFORMED");
  });

  it("prints no padding whatever the length of the certificate is", () => {
    for (const length of [600, 601, 602]) {
      const text = formatHandshakeLine({ ...line, certificate: der(length) });
      expect(text).not.toContain("=");
      expect(parseHandshakeLine(text, mtls).certificate).toEqual(der(length));
    }
  });
});

function errorOf(action: () => unknown): { code: string; message: string } {
  try {
    action();
  } catch (error) {
    if (isConfigManagerError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: "none", message: "" };
}
