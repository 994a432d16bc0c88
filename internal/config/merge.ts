import { type ConfigManagerError, ConfigManagerErrors } from "../errors/errors.ts";
import { defaultProgramSettings, type ProgramSettings } from "./config.ts";
import type { SettingKey } from "./settings-table.ts";
import type { SettingLayer, SettingOrigin, SourcedStore } from "./sources.ts";

/** The settings of a run, and where each comes from. */
export interface MergedSettings {
  readonly settings: ProgramSettings;
  readonly originOf: (key: SettingKey) => SettingOrigin;
  /** The entries behind `settings.stores`. */
  readonly stores: ReadonlyMap<string, SourcedStore>;
}

/**
 * One set of settings out of layers, the strongest first: flags, environment, files from near to far; defaults fill the rest.
 *
 * A setting is the strongest layer's that has it; stores are merged by prefix, a whole entry at a time. Throws the errors of
 * all layers as one `ConfigManagerErrors`.
 */
export function mergeSettings(layers: readonly SettingLayer[]): MergedSettings {
  const errors: ConfigManagerError[] = layers.flatMap((layer) => layer.errors);
  if (errors.length > 0) throw new ConfigManagerErrors(errors);
  const weakestFirst = layers.toReversed();
  const values = new Map(weakestFirst.flatMap((layer) => Array.from(layer.values)));
  const stores = new Map(weakestFirst.flatMap((layer) => Array.from(layer.stores)));
  const settings = {
    ...defaultProgramSettings,
    // Each value was read by the kind of its own row, so it has its key's type.
    ...(Object.fromEntries([...values].map(([key, { value }]) => [key, value])) as Partial<ProgramSettings>),
    stores: new Map([...stores].map(([prefix, { store }]) => [prefix, store])),
  };
  return { settings, originOf: (key) => values.get(key)?.origin ?? { kind: "default" }, stores };
}
