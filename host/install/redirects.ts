import type { IncomingMessage } from "node:http";
import { sourceError } from "./install-errors.ts";

const maxRedirects = 10;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Where an answer sends us; undefined when it is none that does. `addresses`: those on the way so far. Throws CM_INSTALL_SOURCE for a
 * circle, for too many, and for another scheme: only `http` may become `https`.
 */
export function nextAddress(
  { statusCode = 0, headers: { location } }: Pick<IncomingMessage, "statusCode" | "headers">,
  addresses: readonly URL[],
): URL | undefined {
  if (!redirects.has(statusCode)) return undefined;
  const from = addresses.at(-1)!;
  const name = `${from.origin}${from.pathname}`;
  const hint = "check the address; ask whoever runs the source";
  if (location === undefined || !URL.canParse(location, from.href)) {
    throw sourceError(`"${name}" sends on to nowhere (${statusCode})`, hint);
  }
  const next = new URL(location, from);
  // A password in it is nothing that was given to us to send.
  next.username = "";
  next.password = "";
  next.hash = "";
  const isAllowed = next.protocol === "https:" || (next.protocol === "http:" && from.protocol === "http:");
  if (!isAllowed) {
    throw sourceError(`"${name}" sends on to "${next.protocol}", which is not followed`, hint);
  }
  if (addresses.some(({ href }) => href === next.href)) throw sourceError(`"${name}" sends on in a circle`, hint);
  if (addresses.length > maxRedirects) {
    throw sourceError(
      `"${addresses[0]!.origin}${addresses[0]!.pathname}" sends on more than ${maxRedirects} times`,
      hint,
    );
  }
  return next;
}
