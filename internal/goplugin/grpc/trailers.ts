import type { Headers } from "../../h2/protocol.ts";
import { headerValue } from "../../h2/header-rules.ts";
import { type CallStatus, decodeStatusMessage, encodeStatusMessage, StatusCode, type Trailers } from "./status.ts";

/** The status that trailers carry; undefined when they carry none that is a number. */
export function readStatus(fields: Headers): CallStatus | undefined {
  const code = headerValue(fields, "grpc-status");
  if (code === undefined || !/^[0-9]{1,9}$/.test(code)) return undefined;
  // The commonest end has nothing more to say.
  if (code === "0" && fields.length === 2) return ok;
  const details = decodeStatusMessage(headerValue(fields, "grpc-message") ?? "");
  return { code: Number(code), details, trailers: readTrailers(fields) };
}

const ok: CallStatus = { code: StatusCode.OK, details: "" };

/** The headers that go with a status, after `grpc-status` itself. */
export function writeTrailers({ details, trailers = {} }: CallStatus): Headers {
  const fields = details === "" ? [] : ["grpc-message", encodeStatusMessage(details)];
  for (const [name, value] of Object.entries(trailers)) {
    const text = typeof value === "string" ? value : Buffer.from(value).toString("base64").replaceAll("=", "");
    fields.push(name, text);
  }
  return fields;
}

// Of one that is there more than once, the first; so are several that were joined by a comma.
function readTrailers(fields: Headers): Trailers {
  const trailers: Record<string, string | Uint8Array> = {};
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!;
    if (name.startsWith(":") || name.startsWith("grpc-") || Object.hasOwn(trailers, name)) continue;
    const value = fields[at + 1]!;
    Object.defineProperty(trailers, name, {
      value: name.endsWith("-bin") ? Buffer.from(value.replace(/,.*$/s, ""), "base64") : value,
      enumerable: true,
    });
  }
  return trailers;
}
