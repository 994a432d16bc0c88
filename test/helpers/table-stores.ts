/** A ConfigManager over stores that answer from tables, each a real plugin process (`test/fixtures/plugins/table`). */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type ConfigManager, type ConfigManagerOptions, createConfigManager } from "../../index.ts";
import type { StoreConfig } from "../../internal/config/config.ts";
import { buildTestPlugins } from "./build-once.ts";

/** What a table store is made of: values by path, and other keys of its configuration. */
export interface TableStore extends StoreConfig {
  readonly values?: Readonly<Record<string, unknown>>;
}

/** The manager, and what its stores were asked: prefix, path, metadata. */
export interface TableManager {
  readonly manager: ConfigManager;
  readonly asked: () => readonly (readonly [prefix: string, path: string, metadata: object])[];
  readonly folder: string;
}

/** Opens it; ended with the test. A store that is a list of names is a composite. */
export async function openTables(
  stores: Readonly<Record<string, TableStore | readonly string[]>>,
  options: Omit<ConfigManagerOptions, "stores"> = {},
): Promise<TableManager> {
  const table = (await buildTestPlugins()).file("table");
  const folder = mkdtempSync(join(tmpdir(), "cm-table-"));
  const log = join(folder, "asked");
  const manager = createConfigManager({
    ...options,
    context: { env: { PATH: process.env["PATH"] }, cwd: folder, home: folder, ...options.context },
    stores: Object.fromEntries(
      Object.entries(stores).map(([prefix, store]) => [
        prefix,
        isList(store) ? { members: store } : toConfig(prefix, store),
      ]),
    ),
  });
  function toConfig(prefix: string, { values, options: given, env, ...others }: TableStore): StoreConfig {
    return {
      path: table,
      env: { TABLE_PREFIX: prefix, TABLE_LOG: log, ...env },
      ...(others.path === undefined || given !== undefined ? { options: { values: values ?? {}, ...given } } : {}),
      ...others,
    };
  }
  onTestFinished(async () => {
    await manager[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });
  return { manager, folder, asked: () => readLines(log) };
}

function isList(store: TableStore | readonly string[]): store is readonly string[] {
  return Array.isArray(store);
}

function readLines(file: string): readonly (readonly [string, string, object])[] {
  try {
    const lines = readFileSync(file, "utf8").trim().split("\n");
    return lines.map((line) => JSON.parse(line) as readonly [string, string, object]);
  } catch {
    return [];
  }
}
