import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildTestPlugins } from "./build-once.ts";
import { temporaryFolder } from "./run-program.ts";

/**
 * A working directory whose configuration has stores that answer from tables: values by path for each prefix, or the
 * members of a composite. Removed with the test. What the stores are asked is in its file `asked`.
 */
export async function tableFolder(
  stores: Readonly<Record<string, Readonly<Record<string, unknown>> | readonly string[]>>,
): Promise<string> {
  const folder = await temporaryFolder();
  const path = (await buildTestPlugins()).file("table");
  const entries = Object.entries(stores).map(([prefix, values]) => [
    prefix,
    Array.isArray(values)
      ? values
      : { path, env: { TABLE_PREFIX: prefix, TABLE_LOG: join(folder, "asked") }, options: { values } },
  ]);
  mkdirSync(join(folder, ".configmanager"));
  // JSON is YAML.
  writeFileSync(
    join(folder, ".configmanager", "config.yaml"),
    JSON.stringify({ stores: Object.fromEntries(entries) as object }),
  );
  return folder;
}
