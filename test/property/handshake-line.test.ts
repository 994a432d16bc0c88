import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isConfigManagerError } from "../../internal/errors/errors.ts";
import { formatHandshakeLine, type HandshakeLine, parseHandshakeLine } from "../../internal/goplugin/handshake-line.ts";

const runs = 100_000 * Number(process.env["FUZZ_RUNS"] ?? 1);

const codes = ["CM_HANDSHAKE_MALFORMED", "CM_HANDSHAKE_VERSION", "CM_HANDSHAKE_PROTOCOL", "CM_HANDSHAKE_TLS"];

const socketPath = fc
  .string({
    unit: fc.constantFrom(
      "a",
      "Z",
      "0",
      "/",
      ".",
      "-",
      "+",
      " ",
      "é",
      "😀",
      "\t",
      "\x1b",
      "\\",
      '"',
      "%",
      "#",
      "?",
      ":",
    ),
    minLength: 1,
    maxLength: 24,
  })
  .map((text) => `/${text}`);
const port = fc.integer({ min: 1, max: 65_535 });
const tcpAddress = fc
  .tuple(
    fc.oneof(
      fc.ipV4(),
      fc.ipV6().map((ip) => `[${ip}]`),
      fc.constantFrom("", "localhost", "a-b.c_d"),
    ),
    port,
  )
  .map(([host, number]) => `${host}:${number}`);
const address = fc.oneof(
  fc.record({ network: fc.constant("unix" as const), address: socketPath }),
  fc.record({ network: fc.constant("tcp" as const), address: tcpAddress }),
);
// As long as a certificate may be: DER has three forms of the length.
const certificate = fc.uint8Array({ minLength: 36, maxLength: 700 }).map((content) => {
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Uint8Array.of(0x30, ...head, ...content);
});
const handshake: fc.Arbitrary<HandshakeLine> = fc
  .tuple(
    fc.integer({ min: 0, max: 1_000_000 }),
    address,
    fc.option(certificate, { nil: undefined }),
    fc.option(fc.boolean(), { nil: undefined }),
  )
  .map(([appVersion, where, der, multiplex]) =>
    Object.assign(
      { appVersion },
      where,
      der === undefined ? {} : { certificate: der },
      multiplex === undefined ? {} : { multiplex },
    ),
  );

// Close to a line that is right, so that every check is reached.
const field = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "1",
      "2",
      "unix",
      "tcp",
      "grpc",
      "netrpc",
      "",
      "/tmp/p",
      "127.0.0.1:1",
      "true",
      "MII".repeat(20),
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 80 }) },
);
const anyLine = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.array(field, { maxLength: 9 }).map((fields) => fields.join("|")),
  fc
    .tuple(fc.constantFrom("1|1|unix|/a|grpc|", "1|2|tcp|127.0.0.1:1|"), fc.string({ maxLength: 80 }))
    .map((parts) => parts.join("")),
);

describe("a handshake line", () => {
  it("is read back as what was printed", { timeout: 60_000 * (runs / 100_000) }, () => {
    fc.assert(
      fc.property(handshake, fc.constantFrom("", "\r", " "), (line, end) => {
        const expected = { appVersions: [line.appVersion], autoMtls: line.certificate !== undefined };
        const read = parseHandshakeLine(formatHandshakeLine(line) + end, expected);
        // The bytes are compared apart, since vitest compares them slowly.
        expect({ ...read, certificate: undefined }).toEqual({ ...line, certificate: undefined });
        expect(Buffer.from(read.certificate ?? []).equals(line.certificate ?? Buffer.alloc(0))).toBe(true);
      }),
      { numRuns: runs },
    );
  });

  it("is refused by a coded error when it is anything else", { timeout: 60_000 * (runs / 100_000) }, () => {
    let accepted = 0;
    const refused = new Set<string>();
    fc.assert(
      fc.property(anyLine, fc.boolean(), (line, autoMtls) => {
        try {
          parseHandshakeLine(line, { appVersions: [2, 1], autoMtls });
          accepted++;
        } catch (error) {
          if (!isConfigManagerError(error)) throw error;
          refused.add(error.code);
          if (!codes.includes(error.code) || error.message.length > 1500) throw error;
          // oxlint-disable-next-line no-control-regex -- that is what must not be there
          if (/[\x00-\x1f\x7f-\x9f]/.test(error.message)) throw error;
        }
      }),
      { numRuns: runs },
    );
    // Otherwise the generator has missed the point.
    expect([...refused].sort()).toEqual([...codes].sort());
    expect(accepted).toBeGreaterThan(0);
  });
});
