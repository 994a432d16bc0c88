import { resolve } from "node:path";
import { parseDocument } from "yaml";
import { ConfigManagerError, type Place } from "../errors/errors.ts";
import type { StoreConfig } from "./config.ts";
import { membersKind, prefixPattern, type SettingKey, settingSpecs, storeKeySpecs } from "./settings-table.ts";
import type { SettingLayer, SourcedStore, SourcedValue } from "./sources.ts";
import { type Entry, YamlReader } from "./yaml-reader.ts";

/** How a configuration file is named in places, and what its paths count from. */
export interface ConfigFileNames {
  /** As errors name it. */
  readonly file: string;
  /** Absolute. */
  readonly baseDir: string;
}

/** What one configuration file sets; everything that is wrong in it is in `errors`, CM_CONFIG_INVALID with its place. */
export function parseConfigFile(bytes: Uint8Array, { file, baseDir }: ConfigFileNames): SettingLayer {
  const values = new Map<SettingKey, SourcedValue>();
  const stores = new Map<string, SourcedStore>();
  const decoded = decode(bytes);
  if (decoded === undefined) {
    return { values, stores, errors: [new ConfigManagerError("CM_CONFIG_INVALID", `"${file}" is not UTF-8 text`)] };
  }
  const document = parseDocument(decoded.text, { prettyErrors: false });
  const reader = new YamlReader(document, (from, to) => placeIn(decoded, file, from, to));
  if (document.errors.length > 0) return { values, stores, errors: reader.errors };

  for (const entry of reader.entries(document.contents, "the configuration")) {
    if (entry.name === "stores") {
      for (const store of reader.entries(entry.node, '"stores"')) {
        stores.set(store.name, { store: readStore(reader, store, baseDir), place: reader.placeOf(store.key) });
      }
      continue;
    }
    const spec = settingSpecs.find(({ name }) => name === entry.name);
    if (spec === undefined) {
      reader.unknownKey(entry, "the configuration", [...settingSpecs.map(({ name }) => name), "stores"]);
      continue;
    }
    const value = reader.value(entry, spec.kind);
    if (value !== undefined)
      values.set(spec.key, { value, origin: { kind: "file", place: reader.placeOf(entry.key) } });
  }
  return { values, stores, errors: reader.errors };
}

function readStore(reader: YamlReader, entry: Entry, baseDir: string): StoreConfig {
  const { name: prefix, key, node } = entry;
  if (!new RegExp(prefixPattern).test(prefix)) {
    reader.fault(key, `"${prefix}" is no prefix`, "write it in capitals, digits and _, beginning with a letter");
  }
  if (reader.isList(node)) return readComposite(reader, entry);
  const within = `the store "${prefix}"`;
  const store: Record<string, unknown> = {};
  for (const entry of reader.entries(node, within)) {
    const spec = storeKeySpecs.find(({ name }) => name === entry.name);
    if (spec === undefined) {
      reader.unknownKey(
        entry,
        within,
        storeKeySpecs.map(({ name }) => name),
      );
      continue;
    }
    const value = reader.value(entry, spec.kind);
    if (value !== undefined) store[spec.key] = value;
  }
  if ("plugin" in store && "path" in store) {
    reader.fault(key, `${within} has "plugin" and "path"`, "keep one of them");
  }
  if (typeof store["path"] === "string") store["path"] = resolve(baseDir, store["path"]);
  return store;
}

function readComposite(reader: YamlReader, entry: Entry): StoreConfig {
  const members = reader.value(entry, membersKind) as readonly string[] | undefined;
  if (members === undefined) return {};
  if (members.length === 0)
    reader.fault(entry.node ?? entry.key, `the store "${entry.name}" is made of no store`, "name one");
  if (members.some((member) => member.split("://")[0] === entry.name)) {
    reader.fault(entry.node ?? entry.key, `the store "${entry.name}" is made of itself`, "name other stores");
  }
  return { members };
}

interface DecodedFile {
  readonly text: string;
  /** Bytes of a byte order mark, which the text does not have. */
  readonly skippedBytes: number;
}

function decode(bytes: Uint8Array): DecodedFile | undefined {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), skippedBytes: hasMark ? 3 : 0 };
  } catch {
    return undefined;
  }
}

// Lines, columns and offsets as in inputs: LF ends a line, a column is one code point, offsets count bytes.
function placeIn({ text, skippedBytes }: DecodedFile, file: string, from: number, to: number): Place {
  const before = text.slice(0, from);
  const start = skippedBytes + byteLength(before);
  return {
    file,
    line: before.split("\n").length,
    column: Array.from(before.slice(before.lastIndexOf("\n") + 1)).length + 1,
    start,
    end: start + byteLength(text.slice(from, to)),
  };
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
