/** All values below a path. */
import { type ConfigManagerError, ConfigManagerErrors, toErrors, type Warning } from "../internal/errors/errors.ts";
import { escapeControls } from "../internal/errors/redact.ts";
import { addAliasMetadata, toAliasMetadata } from "../internal/resolve/alias-metadata.ts";
import type { TokenStore } from "../internal/resolve/token-store.ts";
import { parseLocation, type StoreLocation } from "../internal/token/location.ts";
import type { Stores } from "./stores.ts";
import type { ListedBelow, ListedValues } from "./types.ts";

/** What lies below `PREFIX://path/` of each location; what may not be asked is left out, with a warning. */
export async function listBelow(
  stores: Stores,
  locations: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ListedValues> {
  const syntax = await stores.syntax();
  const parsed = locations.map((text) => parseLocation(text, syntax));
  const prefixes = [...new Set(parsed.map(({ prefix }) => prefix))];
  const errors: ConfigManagerError[] = [];
  const lists = await stores.withStores(prefixes, { signal }, (store, bounded) =>
    Promise.all(
      parsed.map((location) =>
        listOne(stores, location, store, bounded).catch((error: unknown) => {
          bounded?.throwIfAborted();
          errors.push(...toErrors(error).map((each) => each.at(undefined, location.text)));
          return [];
        }),
      ),
    ),
  );
  if (errors.length > 0) throw new ConfigManagerErrors(errors);
  const values = lists.flat();
  const forbidden = stores.forbidden(values);
  const warnings: Warning[] = forbidden.size === 0 ? [] : [leftOut(forbidden.size)];
  const allowed = values.filter((value) => !forbidden.has(value));
  await stores.tellValues(allowed.map(({ value }) => value));
  if (values.length === 0) warnings.push(nothingBelow(locations));
  return { values: allowed, warnings };
}

async function listOne(
  { settings }: Stores,
  { prefix, path, metadata }: StoreLocation,
  store: (prefix: string) => Promise<TokenStore>,
  signal: AbortSignal | undefined,
): Promise<readonly ListedBelow[]> {
  const alias = toAliasMetadata(settings.stores.get(prefix)?.metadata);
  const request = addAliasMetadata({ path, metadata, rawMetadata: "" }, alias);
  const listed = await (await store(prefix)).listValues(request, signal);
  return listed
    .map(({ path: at, value, version, expiresAt }) => ({
      prefix,
      path: at,
      below: (at.startsWith(path) ? at.slice(path.length) : at).replace(/^\/+/, ""),
      value,
      version,
      expiresAt,
    }))
    .toSorted((left, right) => (left.below < right.below ? -1 : Number(left.below > right.below)));
}

// An output without a value looks like one that was meant to be.
function nothingBelow(locations: readonly string[]): Warning {
  const quoted = locations.map((location) => `"${escapeControls(location)}"`).join(" and ");
  return { message: `there is no value below ${quoted}`, hint: "check the path" };
}

function leftOut(count: number): Warning {
  return {
    message: `${count === 1 ? "1 value is" : `${count} values are`} not among what may be asked, and left out`,
    hint: "see --allow, and allow: in the configuration",
  };
}
