import { H2Error } from "./h2-error.ts";
import { ErrorCode, type Headers } from "./protocol.ts";

/** What a list of headers is. */
export type HeadersKind = "request" | "response" | "trailers";

/** The first value of a header; undefined when it is not there. */
export function headerValue(fields: Headers, name: string): string | undefined {
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return fields[at + 1];
  return undefined;
}

/**
 * Throws an H2Error of the stream for a list that is malformed: pseudo-headers that are unknown, missing, twice there or
 * behind others, names in upper case, headers of HTTP/1 (RFC 9113, sections 8.1 to 8.3).
 */
export function checkHeaders(fields: Headers, kind: HeadersKind, streamId: number): void {
  let pseudo = 0;
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!;
    if (name.startsWith(":")) {
      const isFirst = at === pseudo * 2;
      if (!isFirst || !pseudoHeaders[kind].includes(name) || isThereBefore(fields, name, at)) {
        throw malformed(`the header "${name}" where it may not be`, streamId);
      }
      pseudo++;
    } else if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) || /[\0\r\n]/.test(fields[at + 1]!)) {
      throw malformed("a header that is none", streamId);
    } else if (forbidden.has(name) || (name === "te" && fields[at + 1] !== "trailers")) {
      throw malformed(`the header "${name}" of HTTP/1`, streamId);
    }
  }
  for (const name of needed[kind]) {
    if (headerValue(fields, name) === undefined) throw malformed(`no "${name}"`, streamId);
  }
}

const pseudoHeaders: Readonly<Record<HeadersKind, readonly string[]>> = {
  request: [":method", ":scheme", ":path", ":authority"],
  response: [":status"],
  trailers: [],
};

const needed: Readonly<Record<HeadersKind, readonly string[]>> = {
  request: [":method", ":scheme", ":path"],
  response: [":status"],
  trailers: [],
};

const forbidden: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

function isThereBefore(fields: Headers, name: string, before: number): boolean {
  for (let at = 0; at < before; at += 2) if (fields[at] === name) return true;
  return false;
}

function malformed(what: string, streamId: number): H2Error {
  return new H2Error(ErrorCode.protocol, `the peer's headers have ${what}`, streamId);
}
