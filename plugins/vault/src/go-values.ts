/** A boolean as Go's `strconv.ParseBool` reads it; undefined for anything else. */
export function parseGoBool(text: string): boolean | undefined {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return true;
  return ["0", "f", "F", "FALSE", "false", "False"].includes(text) ? false : undefined;
}

/** Seconds, days (`2d`) or a duration of Go (`1m30s`, `500ms`), in milliseconds; undefined for anything else. */
export function parseGoDuration(text: string): number | undefined {
  if (/^[+-]?\d+$/.test(text)) return Number(text) * 1000;
  if (/^[+-]?\d+d$/.test(text)) return Number(text.slice(0, -1)) * 86_400_000;
  const [, sign = "", parts = ""] = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text) ?? [];
  if (parts === "") return undefined;
  let ms = 0;
  for (const [, amount, unit] of parts.matchAll(/([\d.]+)(\D+)/g)) ms += Number(amount) * unitMs[unit!]!;
  return sign === "-" ? -ms : ms;
}

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Requests per second, and how many may go at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * `rate` or `rate:burst`, numbers; the burst is the whole part of the rate unless said, 1 at least. Undefined for anything
 * else.
 */
export function parseRate(text: string): Rate | undefined {
  const [, rateText, burstText] = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?::(\d+))?$/.exec(text.trim()) ?? [];
  if (rateText === undefined) return undefined;
  const perSecond = Number(rateText);
  if (!Number.isFinite(perSecond) || perSecond < 0) return undefined;
  return { perSecond, burst: Math.max(1, burstText === undefined ? Math.floor(perSecond) : Number(burstText)) };
}
