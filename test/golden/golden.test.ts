/**
 * Every folder `<topic>/<case>/` here is a case, run through the library and real plugin processes: `input`, `stores.json`
 * (prefix -> path -> value, or `{ "error": kind }`), and either `expected` (the output, byte for byte) or `errors.txt`
 * (`line:col CODE` each). Optional: `options.json` (of `createConfigManager`), `asked.json` (what the stores must have been
 * asked: prefix, path, metadata), `warnings.txt` (`line:col part of the message` each).
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, it } from "vitest";
import { type ConfigManagerError, type ConfigManagerOptions, createConfigManager, isConfigManagerErrors } from "../../index.ts";
import { buildTestPlugins } from "../helpers/build-once.ts";

const topics = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
let table = "";
beforeAll(async () => {
  table = (await buildTestPlugins()).file("table");
});

describe.each(topics.map(({ name }) => name))("golden: %s", (topic) => {
  it.concurrent.for(readdirSync(join(import.meta.dirname, topic)))("%s", async (name, { expect, onTestFinished }) => {
    const folder = join(import.meta.dirname, topic, name);
    const log = join(mkdtempSync(join(tmpdir(), "cm-golden-")), "asked");
    onTestFinished(() => rmSync(join(log, ".."), { recursive: true, force: true }));
    const { output, errors, warnings } = await render(folder, log);
    expect(errors.map(({ place, code }) => `${place?.line}:${place?.column} ${code}`)).toEqual(lines(folder, "errors.txt"));
    if (errors.length === 0) expect(output).toEqual(readFileSync(join(folder, "expected")));
    const expectedWarnings = lines(folder, "warnings.txt");
    expect(warnings).toHaveLength(expectedWarnings.length);
    for (const [index, expected] of expectedWarnings.entries()) {
      const [place, ...part] = expected.split(" ");
      expect(warnings[index]).toMatch(new RegExp(`^${place} .*${part.join(" ")}`));
    }
    const asked = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").map((line): unknown => JSON.parse(line)) : [];
    if (existsSync(join(folder, "asked.json"))) {
      const expected = JSON.parse(readFileSync(join(folder, "asked.json"), "utf8")) as unknown[];
      expect(asked).toHaveLength(expected.length);
      expect(asked).toEqual(expect.arrayContaining(expected));
    }
  });
});

async function render(
  folder: string,
  log: string,
): Promise<{ output: Uint8Array | undefined; errors: readonly ConfigManagerError[]; warnings: string[] }> {
  const stores = JSON.parse(readFileSync(join(folder, "stores.json"), "utf8")) as Record<string, unknown>;
  const given = JSON.parse(read(folder, "options.json") ?? "{}") as ConfigManagerOptions;
  const { context, ...options } = given;
  await using manager = createConfigManager({
    ...options,
    context: { ...context, env: { PATH: process.env["PATH"], ...context?.env }, cwd: folder, home: folder },
    stores: new Map(
      Object.entries(stores).map(([prefix, values]) => [
        prefix,
        { path: table, env: { TABLE_PREFIX: prefix, TABLE_LOG: log }, options: { values: values as object } },
      ]),
    ),
  });
  try {
    const { blocks, warnings } = await manager.renderBlocks(readFileSync(join(folder, "input")));
    const output = Buffer.concat(Array.from(blocks, (block) => Buffer.from(block)));
    return { output, errors: [], warnings: warnings.map(({ place, message }) => `${place?.line}:${place?.column} ${message}`) };
  } catch (error) {
    if (!isConfigManagerErrors(error)) throw error;
    return { output: undefined, errors: error.errors, warnings: [] };
  }
}

function lines(folder: string, file: string): string[] {
  return read(folder, file)?.trimEnd().split("\n") ?? [];
}

function read(folder: string, file: string): string | undefined {
  return existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8") : undefined;
}
