/** Composite stores of the configuration: whether they hold, and how they are opened over the plugins. */
import type { StoreConfig } from "../internal/config/config.ts";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import { nearestWord } from "../internal/errors/nearest.ts";
import { toAliasMetadata } from "../internal/resolve/alias-metadata.ts";
import { createCompositeStore } from "../internal/resolve/composite-store.ts";
import type { ValueSource } from "../internal/resolve/token-store.ts";

type StoreConfigs = ReadonlyMap<string, StoreConfig>;

/** What is wrong with the members of a composite store, CM_CONFIG_INVALID; nothing for a prefix that is none. */
export function checkComposite(
  prefix: string,
  stores: StoreConfigs,
  known: ReadonlySet<string>,
): readonly ConfigManagerError[] {
  const members = stores.get(prefix)?.members ?? [];
  return members.flatMap((text) => {
    const member = text.split("://")[0]!;
    const faulty = (reason: string, hint: string): ConfigManagerError =>
      new ConfigManagerError("CM_CONFIG_INVALID", `the store "${prefix}" names "${member}", ${reason}`, { hint });
    if (!known.has(member)) {
      const near = nearestWord(member, known);
      return [faulty("which is no store", near === undefined ? "name a store that is there" : `write "${near}"`)];
    }
    if (stores.get(member)?.members !== undefined) {
      return [faulty("which is made of stores itself", "name the stores that it is made of")];
    }
    return [];
  });
}

/** A composite store; its members' plugins are opened as they are needed. */
export function openComposite(
  prefix: string,
  members: readonly string[],
  stores: StoreConfigs,
  openStore: (member: string) => Promise<ValueSource>,
): ValueSource {
  return createCompositeStore({
    prefix,
    members: members.map((text) => {
      const [member = "", pathTemplate] = text.split(/:\/\/(.*)/s);
      return { prefix: member, pathTemplate, aliasMetadata: toAliasMetadata(stores.get(member)?.metadata) };
    }),
    openStore,
  });
}

/** The error of what can be done with a single store only: CM_STORE_UNSUPPORTED. */
export function compositeError(prefix: string): ConfigManagerError {
  return new ConfigManagerError("CM_STORE_UNSUPPORTED", `"${prefix}" is made of several stores`, {
    hint: "name one of them",
    details: { prefix },
  });
}
