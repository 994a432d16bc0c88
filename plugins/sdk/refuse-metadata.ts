import { badRequest } from "./errors.ts";
import type { StoreRequest } from "./store.ts";

/** Throws `badRequest` when a request carries one of the keys, which the store knows for another purpose than this one. */
export function refuseMetadata(
  { metadata }: StoreRequest,
  keys: readonly string[],
  purpose: "reading" | "writing" | "listing",
): void {
  const found = keys.find((key) => metadata[key] !== undefined);
  if (found === undefined) return;
  throw badRequest(`metadata key "${found}" means nothing when ${purpose}`, { hint: `leave "${found}" out` });
}
