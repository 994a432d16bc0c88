import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../test/helpers/run-program.ts";

const { load } = createRequire(import.meta.url)("./bin.cjs") as { load: (file: string) => unknown };

it("loads a part of the program once, however often it is asked for", async () => {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, "part.cjs"), "exports.loaded = {};");
  writeFileSync(join(folder, "main.cjs"), 'exports.parts = [1, 2].map(() => require("./part.cjs").loaded);');
  const { parts } = load(join(folder, "main.cjs")) as { parts: readonly object[] };
  expect(parts[0]).toEqual({});
  expect(parts[1]).toBe(parts[0]);
});
