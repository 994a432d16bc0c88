import { failed, StoreError } from "./errors.ts";

/** A value larger than this is answered with an error that says its size. */
export const maxValueBytes: number = 64 * 1024 * 1024;

/** What became of one request, before it is put into the words of a protocol. */
export type Outcome =
  | {
      readonly ok: true;
      /** Text is well-formed and not yet encoded, which is the protocol's to do. */
      readonly data: string | Uint8Array;
      readonly version: string;
      readonly expiresAt: Date | undefined;
    }
  | { readonly ok: false; readonly error: unknown };

/**
 * Judges what a store returned: a value within bounds, an error stays one, and anything else is a mistake of the store's
 * author that the error names by `source` (`value()`).
 */
export function toOutcome(returned: unknown, source: string): Outcome {
  if (typeof returned === "string") return ofText(returned, "", undefined, source);
  if (returned instanceof Uint8Array) return ofBytes(returned, "", undefined);
  if (returned instanceof Error) return { ok: false, error: returned };
  if (typeof returned !== "object" || returned === null || !("data" in returned)) {
    return { ok: false, error: notAValue(returned, source) };
  }
  const { data, version, expiresAt } = returned as { data: unknown; version?: unknown; expiresAt?: unknown };
  if (version !== undefined && typeof version !== "string")
    return mistake(`${source} returned a version that is no string`);
  if (expiresAt !== undefined && !(expiresAt instanceof Date && Number.isFinite(expiresAt.getTime()))) {
    return mistake(`${source} returned an expiresAt that is no valid Date`);
  }
  if (typeof data === "string") return ofText(data, version ?? "", expiresAt, source);
  if (data instanceof Uint8Array) return ofBytes(data, version ?? "", expiresAt);
  return { ok: false, error: notAValue(data, source) };
}

function ofText(text: string, version: string, expiresAt: Date | undefined, source: string): Outcome {
  // A lone surrogate has no UTF-8, and an encoder would put a replacement character into somebody's secret.
  if (!(text as string & { isWellFormed: () => boolean }).isWellFormed()) {
    return mistake(`${source} returned text with a lone surrogate`);
  }
  // Three bytes for a UTF-16 unit at most: the exact count is taken of large texts only.
  const bytes = text.length * 3 <= maxValueBytes ? text.length : Buffer.byteLength(text);
  return bytes <= maxValueBytes ? { ok: true, data: text, version, expiresAt } : tooLarge(bytes);
}

function ofBytes(data: Uint8Array, version: string, expiresAt: Date | undefined): Outcome {
  return data.length <= maxValueBytes ? { ok: true, data, version, expiresAt } : tooLarge(data.length);
}

function tooLarge(bytes: number): Outcome {
  const message = `value has ${bytes} bytes, more than the ${maxValueBytes} that a plugin hands over`;
  return { ok: false, error: new StoreError("tooLarge", message) };
}

function notAValue(returned: unknown, source: string): StoreError {
  if (returned === undefined || returned === null) {
    return failed(`${source} returned ${returned}`, { hint: "return notFound(path) when there is no value" });
  }
  const what = Array.isArray(returned) ? "an array" : `a value of type ${typeof returned}`;
  return failed(`${source} returned ${what}, neither text nor bytes`);
}

function mistake(message: string): Outcome {
  return { ok: false, error: failed(message) };
}
