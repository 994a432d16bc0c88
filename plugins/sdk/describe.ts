import { contentField, numberField } from "../../internal/goplugin/wire-fields.ts";
import { isRequired } from "./metadata.ts";
import type { KeyDeclaration, Store } from "./store.ts";

/**
 * A `DescribeResponse`, made from the store's own words (plugin protocol 2, section 2). Written by hand: a token with
 * metadata asks for it, and the runtime of protobuf takes longer to load than the store takes to answer.
 */
export function encodeDescription(store: Store): Buffer {
  return Buffer.concat([
    contentField(1, store.prefix),
    contentField(2, store.version ?? ""),
    contentField(3, store.summary ?? ""),
    contentField(4, store.pathForm ?? ""),
    ...encodeKeys(5, store.metadataKeys),
    numberField(6, Number(store.anyMetadata ?? false)),
    ...encodeKeys(7, store.optionKeys),
    numberField(8, Number(store.put !== undefined)),
    numberField(9, Number(store.list !== undefined)),
  ]);
}

function encodeKeys(field: number, keys: Readonly<Record<string, KeyDeclaration>> = {}): Buffer[] {
  return Object.entries(keys).map(([name, declaration]) => {
    const description = typeof declaration === "string" ? declaration : declaration.description;
    const required = numberField(3, Number(isRequired(declaration)));
    return contentField(field, Buffer.concat([contentField(1, name), contentField(2, description), required]));
  });
}
