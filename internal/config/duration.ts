/** What a duration looks like: numbers with units, at least one of them not zero. */
export const durationPattern = "^(?=.*[1-9])(?:[0-9]+(?:\\.[0-9]+)?(?:ms|s|m|h))+$";

// What a timer of Node can wait for; more would end it at once.
const longestMs = 2 ** 31 - 1;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

// As far as a date can be told from today, and some.
const longestDays = 100_000;

/**
 * Milliseconds of a duration such as `60s`, `1m30s`, `1.5s` or `500ms`; undefined for anything else.
 *
 * A duration is more than nothing and at most 596h, about 24 days.
 */
export function parseDuration(text: string): number | undefined {
  if (!new RegExp(durationPattern).test(text)) return undefined;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h)/g)) sum += Number(number) * unitMs[unit!]!;
  return sum <= longestMs ? Math.max(1, Math.round(sum)) : undefined;
}

/**
 * Milliseconds of a time that no timer waits for: days, hours and minutes such as `14d`, `1d12h` or `90m`, whole numbers,
 * more than nothing and at most 100,000 days; undefined for anything else.
 */
export function parseDays(text: string): number | undefined {
  if (!/^(?=.*[1-9])(?:[0-9]+[dhm])+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/([0-9]+)([dhm])/g)) sum += Number(number) * unitMs[unit!]!;
  return sum <= longestDays * unitMs["d"]! ? sum : undefined;
}

/** The shortest spelling of whole milliseconds that `parseDuration` reads back: `90000` is `1m30s`. */
export function formatDuration(milliseconds: number): string {
  let rest = milliseconds;
  let text = "";
  for (const unit of ["h", "m", "s", "ms"]) {
    const count = Math.floor(rest / unitMs[unit]!);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs[unit]!;
  }
  return text;
}
