import type { StoreRequest } from "./token-store.ts";

/** The metadata that the configuration gives to every request of a store, ready for `addAliasMetadata`. */
export type AliasMetadata = readonly (readonly [string, string])[];

/** Without the host's own keys, which reach no plugin, wherever they are written. */
export function toAliasMetadata(metadata: Readonly<Record<string, string>> | undefined): AliasMetadata {
  return Object.entries(metadata ?? {}).filter(([key]) => !["default", "as"].includes(key.toLowerCase()));
}

/** A request with the store's own metadata behind its own, where it does not set the key; keys are compared ignoring case. */
export function addAliasMetadata({ path, metadata, rawMetadata }: StoreRequest, alias: AliasMetadata): StoreRequest {
  if (alias.length === 0) return { path, metadata, rawMetadata };
  const set = new Set([...metadata.keys()].map((key) => key.toLowerCase()));
  const added = alias.filter(([key]) => !set.has(key.toLowerCase()));
  const raw = added.map(([key, value]) => `${key}=${value}`);
  return {
    path,
    metadata: new Map([...metadata, ...added]),
    rawMetadata: [...(rawMetadata === "" ? [] : [rawMetadata]), ...raw].join(","),
  };
}
