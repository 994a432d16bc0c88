import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DescribeResponseSchema } from "../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { isRequired } from "./metadata.ts";
import type { KeyDeclaration, Store } from "./store.ts";

/** What `Describe` answers, made from the store's own words. */
export function describeStore(store: Store): MessageInitShape<typeof DescribeResponseSchema> {
  return {
    prefix: store.prefix,
    version: store.version ?? "",
    summary: store.summary ?? "",
    pathForm: store.pathForm ?? "",
    metadataKeys: describeKeys(store.metadataKeys),
    anyMetadata: store.anyMetadata ?? false,
    optionKeys: describeKeys(store.optionKeys),
    canPut: store.put !== undefined,
    canList: store.list !== undefined,
  };
}

function describeKeys(
  keys: Readonly<Record<string, KeyDeclaration>> = {},
): { name: string; description: string; required: boolean }[] {
  return Object.entries(keys).map(([name, declaration]) => ({
    name,
    description: typeof declaration === "string" ? declaration : declaration.description,
    required: isRequired(declaration),
  }));
}
