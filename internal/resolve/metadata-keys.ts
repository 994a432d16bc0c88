import { ConfigManagerError } from "../errors/errors.ts";
import { nearestWord } from "../errors/nearest.ts";

/** What a plugin says of the metadata that it takes. */
export interface KnownMetadata {
  readonly anyMetadata: boolean;
  readonly metadataKeys: readonly { readonly name: string }[];
}

/**
 * The error of the first key that the plugin does not know, CM_METADATA_INVALID with the nearest known one as its
 * hint; undefined when all are fine. Case does not matter. That a required key is missing, the plugin says itself.
 */
export function checkMetadataKeys(
  metadata: ReadonlyMap<string, string>,
  known: KnownMetadata,
  prefix: string,
): ConfigManagerError | undefined {
  if (known.anyMetadata) return undefined;
  const names = known.metadataKeys.map(({ name }) => name);
  const folded = new Set(names.map((name) => name.toLowerCase()));
  const key = [...metadata.keys()].find((candidate) => !folded.has(candidate.toLowerCase()));
  if (key === undefined) return undefined;
  return new ConfigManagerError("CM_METADATA_INVALID", `the plugin of "${prefix}" knows no metadata "${key}"`, {
    hint: hintFor(key, names),
    details: { prefix, key, known: names },
  });
}

function hintFor(key: string, names: readonly string[]): string {
  const nearest = nearestWord(key, names);
  if (nearest !== undefined) return `write "${nearest}"`;
  return names.length === 0
    ? "remove it, the plugin takes none"
    : `use one of ${names.map((name) => `"${name}"`).join(", ")}`;
}
