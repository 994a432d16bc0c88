/** However long a service asks to wait, nobody waits longer. */
const maxDelayMs = 30_000;

/** The headers of an answer, in whichever shape a client has them. */
export type ResponseHeaders =
  | Readonly<Record<string, string | readonly string[] | number | undefined>>
  | { readonly get: (name: string) => string | null | undefined };

/**
 * How long a service asks to wait before the next request, in milliseconds, 30 s at most: `retry-after-ms`,
 * `x-ms-retry-after-ms` (Azure's), then `Retry-After`, in seconds or as a date. Undefined when it asks for nothing.
 */
export function readRetryAfterMs(headers: ResponseHeaders, now: Date = new Date()): number | undefined {
  for (const name of ["retry-after-ms", "x-ms-retry-after-ms"]) {
    const text = readHeader(headers, name);
    if (text !== undefined && /^\d+$/.test(text)) return Math.min(Number(text), maxDelayMs);
  }
  const text = readHeader(headers, "retry-after");
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Number(text) * 1000, maxDelayMs);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.min(Math.max(date - now.getTime(), 0), maxDelayMs);
}

function readHeader(headers: ResponseHeaders, name: string): string | undefined {
  const value =
    typeof headers["get"] === "function" ? headers["get"](name) : (headers as Record<string, unknown>)[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" || typeof first === "number" ? String(first).trim() : undefined;
}
