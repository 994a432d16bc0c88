/**
 * What the configuration of a working directory makes plugins do, for whoever asks whether that folder is trusted. Not for
 * the question itself. Called by `cmd/`.
 */
import type { Place } from "../errors/errors.ts";
import type { StoreConfig } from "./config.ts";
import type { SettingLayer } from "./sources.ts";

/** An entry under `stores` that changes which program runs, or what it is told. */
export interface BroughtStore {
  readonly place: Place;
  /** The executable that it names. */
  readonly path?: string | undefined;
  /** What else it does, in a few words and without a value: `sets env NODE_OPTIONS`, `replaces your own entry`. */
  readonly does: readonly string[];
}

/**
 * The entries of the working directory's configuration that take effect and name an executable, change the environment or the
 * options of a plugin, or take the place of an entry that a farther file has. `layers`: the files', nearest first.
 */
export function storesBroughtAlong(layers: readonly SettingLayer[]): ReadonlyMap<string, BroughtStore> {
  const at = layers.findIndex(({ isBroughtAlong }) => isBroughtAlong === true);
  const brought = new Map<string, BroughtStore>();
  for (const [prefix, { store, place }] of layers[at]?.stores ?? []) {
    const has = (layer: SettingLayer): boolean => layer.stores.has(prefix);
    if (layers.slice(0, at).some(has)) continue;
    const does = [...deeds(store), ...(layers.slice(at + 1).some(has) ? ["replaces your own entry"] : [])];
    if (store.path !== undefined || does.length > 0) brought.set(prefix, { place, path: store.path, does });
  }
  return brought;
}

function deeds({ env, inheritEnv, options }: StoreConfig): readonly string[] {
  const named = (key: string, names: Iterable<string>): string => ["sets", key, ...names].join(" ");
  return [
    ...(env === undefined ? [] : [named("env", Object.keys(env))]),
    ...(inheritEnv === undefined ? [] : [named("inheritEnv", inheritEnv)]),
    ...(options === undefined ? [] : [named("options", Object.keys(options))]),
  ];
}
