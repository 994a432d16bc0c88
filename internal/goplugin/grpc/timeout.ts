/** The `grpc-timeout` of a deadline: at most eight digits and a unit. */
export function formatTimeout(ms: number): string {
  const whole = Math.max(0, Math.ceil(ms));
  if (whole < 1e8) return `${whole}m`;
  const seconds = Math.ceil(whole / 1000);
  return seconds < 1e8 ? `${seconds}S` : "99999999S";
}

/** The milliseconds of a `grpc-timeout`; undefined for what is none. */
export function parseTimeout(text: string): number | undefined {
  const [, digits, unit] = /^([0-9]{1,8})([HMSmun])$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * msOf[unit!]!;
}

const msOf: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** The longest wait that a timer knows: a longer one would fire at once. */
export const maxTimerMs = 0x7fff_ffff;
