import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { licenceText } from "../scripts/licence-text.mjs";
import { type BunFacts, readBunFacts } from "./bun-facts.ts";
import { bunNotices } from "./bun-notices.ts";
import { bunParts } from "./bun-parts.ts";
import { installedBun } from "../test/helpers/installed-bun.ts";

const bun = installedBun();
if (!existsSync(bun)) process.stderr.write("WARNING: there is no bun here: what it says of itself is not looked at\n");

describe("what bun says of itself", () => {
  it.skipIf(!existsSync(bun))("has a version for each part that is said to have one", async () => {
    const facts: BunFacts = await readBunFacts(bun);
    expect(facts.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(facts.revision).toMatch(/^[0-9a-f]{40}$/);
    const keys = bunParts.flatMap(({ versionKey }) => (versionKey === undefined ? [] : [versionKey]));
    expect(keys.filter((key) => facts.versions[key] === undefined)).toEqual([]);
  });
});

describe("the notices of the executables", () => {
  const facts: BunFacts = { version: "1.4.5", revision: "a77", versions: { webkit: "d6375c", tinycc: "05f0fa" } };
  const text = bunNotices(facts, licenceText);

  it.each(bunParts.map(({ name, copyright }) => [name, copyright ?? []] as const))(
    "name %s and who wrote it",
    (name, copyright) => {
      expect(text).toContain(`\n${name}`);
      for (const holder of copyright) expect(text).toContain(holder);
    },
  );

  it.each([
    ["LGPL-2.0-or-later", "GNU LIBRARY GENERAL PUBLIC LICENSE\n\nVersion 2, June 1991"],
    ["LGPL-2.1-only", "GNU LESSER GENERAL PUBLIC LICENSE\n\nVersion 2.1, February 1999"],
    ["Apache-2.0", "Apache License"],
    ["MIT", "MIT License"],
  ])("hold the text of %s once", (id, beginning) => {
    expect(text.split(`\n\n${id}\n\n${beginning}`)).toHaveLength(2);
  });

  it("say where the sources of what is under the LGPL are, at which commit", () => {
    expect(text).toMatch(/JavaScriptCore +https:\S+ at d6375c\n/);
    expect(text).toMatch(/tinycc +https:\S+ at 05f0fa\n/);
  });
});
