import type { StoreConfig } from "../../internal/config/config.ts";
import { formatDuration } from "../../internal/config/duration.ts";
import { type SettingSpec, settingSpecs, storeKeySpecs } from "../../internal/config/settings-table.ts";
import type { SettingOrigin } from "../../internal/config/sources.ts";
import type { Place } from "../../internal/errors/errors.ts";
import { jsonText } from "../../internal/errors/redact.ts";
import type { LoadedSettings } from "../context.ts";
import { tableInBlocks } from "../views/table.ts";
import { placeText } from "../views/token-list.ts";
import type { RunCommand } from "./command.ts";

/** Does `config print`: settings and stores with where each was set. Of what may be a secret it shows the names alone. */
export const runConfigPrint: RunCommand = async (args, { io, sources }) => {
  if (args.has("json")) {
    await io.stdout.write(`${jsonText(toRecord(sources))}\n`);
    return;
  }
  for (const block of tableInBlocks(["SETTING", "VALUE", "FROM"], settingRows(sources))) await io.stdout.write(block);
  const stores = [...sources.stores].map(([prefix, { store, place }]) => [prefix, storeText(store), placeText(place)]);
  if (stores.length > 0) await io.stdout.write("\n");
  for (const block of tableInBlocks(["STORE", "WHAT IT IS", "FROM"], stores)) await io.stdout.write(block);
};

/** A value as a configuration file has it; undefined when nothing is set. */
type Shown = string | number | boolean | readonly string[] | undefined;

function settingRows({ settings, originOf }: LoadedSettings): readonly (readonly string[])[] {
  return settingSpecs.map((spec) => [
    spec.name,
    toText(toShown(spec, settings[spec.key])) ?? `(${spec.defaultText ?? "none"})`,
    originText(originOf(spec.key)),
  ]);
}

function toShown({ key }: Pick<SettingSpec, "key">, value: Shown): Shown {
  return typeof value === "number" && key.endsWith("Ms") ? formatDuration(value) : value;
}

function toText(value: Shown): string | undefined {
  return Array.isArray(value) ? JSON.stringify(value) : value?.toString();
}

function originText(origin: SettingOrigin): string {
  switch (origin.kind) {
    case "flag":
      return origin.flag;
    case "environment":
      return origin.variable;
    case "file":
      return placeText(origin.place);
    case "default":
      return "default";
  }
}

// In the order of the table of keys; `env` and `options` may hold secrets, `metadata` is sent with tokens and holds none.
function storeText(store: StoreConfig): string {
  if (store.members !== undefined) return store.members.join(", then ");
  return storeEntries(store)
    .map(([name, value]) => `${name}=${toText(value)}`)
    .join(" ");
}

function storeEntries(store: StoreConfig): readonly (readonly [string, Shown])[] {
  return storeKeySpecs.flatMap(({ key, name }): (readonly [string, Shown])[] => {
    const value = store[key];
    if (value === undefined) return [];
    if (key === "env" || key === "options") return [[name, Object.keys(value)]];
    if (key === "metadata") return [[name, Object.entries(value).map(([word, text]) => `${word}=${text}`)]];
    return [[name, key === "timeoutMs" ? formatDuration(value as number) : (value as Shown)]];
  });
}

function toRecord({ settings, originOf, stores, files }: LoadedSettings): object {
  return {
    files,
    settings: Object.fromEntries(
      settingSpecs.map((spec) => [
        spec.name,
        { value: toShown(spec, settings[spec.key]), from: originRecord(originOf(spec.key)) },
      ]),
    ),
    stores: Object.fromEntries(
      [...stores].map(([prefix, { store, place }]) => [
        prefix,
        {
          ...(store.members === undefined ? Object.fromEntries(storeEntries(store)) : { members: store.members }),
          from: placeRecord(place),
        },
      ]),
    ),
  };
}

function originRecord(origin: SettingOrigin): object {
  return origin.kind === "file" ? placeRecord(origin.place) : origin;
}

function placeRecord({ file, line, column }: Place): object {
  return { kind: "file", file, line, column };
}
