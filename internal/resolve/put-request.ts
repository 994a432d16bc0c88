import { ConfigManagerError } from "../errors/errors.ts";
import type { TokenReference } from "../token/token.ts";
import { checkMetadataKeys } from "./metadata-keys.ts";
import type { PutRequest, StoreDescription } from "./token-store.ts";

/**
 * The metadata key that carries a key path to a store that can write at one: a JSON array of its segments. Only a plugin
 * that declares it gets one.
 */
export const keyPathMetadata = "key";

/**
 * What a store is asked to write for a token. `description` is undefined of a plugin of app protocol 1.
 *
 * Throws CM_STORE_UNSUPPORTED when the store cannot write, CM_STORE_BAD_REQUEST for a key path that it cannot write at, and
 * CM_METADATA_INVALID for metadata that means nothing when a value is written, or that the plugin does not know.
 */
export function toPutRequest(
  reference: TokenReference,
  description: StoreDescription | undefined,
  { data, createOnly }: Pick<PutRequest, "data" | "createOnly">,
): PutRequest {
  const { prefix, path, keyPath, metadata, defaultText, transforms } = reference;
  if (description === undefined || !description.canPut) {
    throw new ConfigManagerError("CM_STORE_UNSUPPORTED", `values of "${prefix}" cannot be written`, {
      hint: "write it with the store's own tools",
      details: { prefix },
    });
  }
  if (defaultText !== undefined || transforms.length > 0) {
    const key = defaultText === undefined ? "as" : "default";
    throw new ConfigManagerError("CM_METADATA_INVALID", `"${key}=" means nothing when a value is written`, {
      hint: "leave it out",
    });
  }
  if ([...metadata.keys()].some((key) => key.toLowerCase() === keyPathMetadata)) {
    throw new ConfigManagerError("CM_METADATA_INVALID", `"${keyPathMetadata}" is no metadata to be written`, {
      hint: "put the key path behind the key separator",
    });
  }
  const unknown = checkMetadataKeys(metadata, description, prefix);
  if (unknown !== undefined) throw unknown;
  if (keyPath === undefined) return { path, metadata, data, createOnly };
  if (!description.metadataKeys.some(({ name }) => name === keyPathMetadata)) {
    throw new ConfigManagerError("CM_STORE_BAD_REQUEST", `values of "${prefix}" are written whole, not at a key path`, {
      hint: "leave the key path out, and give the whole value",
      details: { prefix },
    });
  }
  return { path, metadata: new Map([...metadata, [keyPathMetadata, JSON.stringify(keyPath)]]), data, createOnly };
}
