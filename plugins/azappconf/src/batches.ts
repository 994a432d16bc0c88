import type { SettingAddress } from "./address.ts";

/** As many keys as the service takes in one request. */
const maxKeys = 5;
/** URLs of some thousand characters are refused on the way. */
const maxFilterLength = 2000;

/**
 * Which settings are asked for together: those of one store under one label, whatever their state. One that is wanted
 * only if it has changed, or as it was, stays alone, for a listing knows nothing of that.
 */
export function planBatches<T extends { readonly address: SettingAddress }>(
  items: readonly T[],
): readonly (readonly T[])[] {
  const batches: T[][] = [];
  const open = new Map<string, { readonly batch: T[]; readonly keys: Set<string>; length: number }>();
  for (const item of items) {
    const { host, key, label, etag, at } = item.address;
    const batch = [item];
    if (etag !== undefined || at !== undefined) {
      batches.push(batch);
      continue;
    }
    const group = JSON.stringify([host, label]);
    const last = open.get(group);
    const length = keyFilter([key]).length;
    if (
      last === undefined ||
      (!last.keys.has(key) && (last.keys.size === maxKeys || last.length + length > maxFilterLength))
    ) {
      open.set(group, { batch, keys: new Set([key]), length });
      batches.push(batch);
      continue;
    }
    last.batch.push(item);
    last.length += last.keys.has(key) ? 0 : length;
    last.keys.add(key);
  }
  return batches;
}

/** What the query parameter `key` holds, encoded, so that exactly these keys are listed. */
export function keyFilter(keys: readonly string[]): string {
  return keys.map(exactly).join(",");
}

/** The same for all keys that begin so. */
export function prefixFilter(prefix: string): string {
  return `${exactly(prefix)}*`;
}

/** The same for the parameter `label`; no label is a label that is null. */
export function labelFilter(label: string | undefined): string {
  return label === undefined ? "%00" : exactly(label);
}

function exactly(text: string): string {
  return encodeURIComponent(text.replaceAll(/[\\,*]/g, "\\$&"));
}
