import { badRequest } from "configmanager/plugin";

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** The moment that an RFC 3339 date means, to the millisecond. Throws `badRequest` for anything else. */
export function parsePointInTime(text: string): Date {
  const [, year, month, day] = (rfc3339.exec(text) ?? []).map(Number);
  const date = new Date(text);
  // JavaScript takes the 30th of February for the 1st of March.
  const daysOfMonth = new Date(Date.UTC(year ?? 0, month ?? 0, 0)).getUTCDate();
  if (day !== undefined && day <= daysOfMonth && !Number.isNaN(date.getTime())) return date;
  throw badRequest(`"${text}" is no date of RFC 3339`, { hint: "write it as 2026-01-31T23:59:59Z" });
}
