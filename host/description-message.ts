import { WireReader } from "../internal/goplugin/wire-fields.ts";
import type { KeyDescription, StoreDescription } from "../internal/resolve/token-store.ts";

/**
 * A `DescribeResponse`, read by hand: a token with metadata asks for it, and loading the runtime of protobuf takes longer
 * than the plugin takes to answer (plugin protocol 2, section 2). Undefined for bytes that are none.
 */
export function decodeDescription(message: Buffer): StoreDescription | undefined {
  const texts: string[] = [];
  const flags: boolean[] = [];
  const metadataKeys: KeyDescription[] = [];
  const optionKeys: KeyDescription[] = [];
  const reader = new WireReader().begin(message);
  while (reader.next()) {
    const { field } = reader;
    if (field >= 1 && field <= 4) texts[field] = reader.text();
    if (field === 6 || field === 8 || field === 9) flags[field] = reader.value !== 0;
    if (field !== 5 && field !== 7) continue;
    const key = decodeKey(reader.bytes());
    if (key === undefined) return undefined;
    (field === 5 ? metadataKeys : optionKeys).push(key);
  }
  if (reader.isBroken) return undefined;
  return {
    prefix: texts[1] ?? "",
    version: texts[2] ?? "",
    summary: texts[3] ?? "",
    pathForm: texts[4] ?? "",
    metadataKeys,
    anyMetadata: flags[6] ?? false,
    optionKeys,
    canPut: flags[8] ?? false,
    canList: flags[9] ?? false,
  };
}

function decodeKey(message: Buffer): KeyDescription | undefined {
  const key = { name: "", description: "", required: false };
  const reader = new WireReader().begin(message);
  while (reader.next()) {
    if (reader.field === 1) key.name = reader.text();
    if (reader.field === 2) key.description = reader.text();
    if (reader.field === 3) key.required = reader.value !== 0;
  }
  return reader.isBroken ? undefined : key;
}
