/** An error of a Google service, from the body of its answer. */
export interface GoogleError {
  /** `NOT_FOUND`, `PERMISSION_DENIED`, … */
  readonly status: string;
  /** One line, 500 characters at most. */
  readonly message: string;
  /** Why, for machines: `SERVICE_DISABLED`, … */
  readonly reason: string | undefined;
  /** What the reason is about: `consumer`, `permission`, `resource`, … */
  readonly metadata: Readonly<Record<string, string>>;
  readonly retryDelayMs: number | undefined;
}

/** Reads `{"error": {"status", "message", "details"}}`; undefined for any other body. */
export function readGoogleError(body: Buffer): GoogleError | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    return undefined;
  }
  const error = record(record(parsed)["error"]);
  const { status, message } = error;
  if (typeof status !== "string" || !/^[A-Z_]{1,64}$/.test(status)) return undefined;
  const details = Array.isArray(error["details"]) ? error["details"].map(record) : [];
  const info = details.find((detail) => typeOf(detail) === "ErrorInfo") ?? {};
  const delay = details.find((detail) => typeOf(detail) === "RetryInfo")?.["retryDelay"];
  return {
    status,
    message: typeof message === "string" ? message.replace(/\s+/g, " ").slice(0, 500) : "no message",
    reason: typeof info["reason"] === "string" ? info["reason"] : undefined,
    metadata: Object.fromEntries(
      Object.entries(record(info["metadata"])).filter(
        (entry): entry is [string, string] => typeof entry[1] === "string",
      ),
    ),
    retryDelayMs: typeof delay === "string" ? toMs(delay) : undefined,
  };
}

/** However long a service asks to wait, nobody waits longer. */
const maxDelayMs = 30_000;

/** `3.5s`, as a duration is in JSON. */
function toMs(duration: string): number | undefined {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(duration)?.[1];
  return seconds === undefined ? undefined : Math.min(Number(seconds) * 1000, maxDelayMs);
}

function typeOf(detail: Readonly<Record<string, unknown>>): string | undefined {
  const type = detail["@type"];
  return typeof type === "string" ? type.slice(type.lastIndexOf(".") + 1) : undefined;
}

function record(thing: unknown): Readonly<Record<string, unknown>> {
  return typeof thing === "object" && thing !== null ? (thing as Record<string, unknown>) : {};
}
