import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, it } from "vitest";
import { bundledPackages } from "../scripts/bundled-packages.mjs";
import { root } from "../test/helpers/source-files.ts";
import { type SbomFacts, sbom } from "./sbom.ts";

const facts: SbomFacts = {
  version: "1.2.3",
  commitTime: new Date("2026-03-04T05:06:07Z"),
  components: [
    { name: "yaml", version: "2.9.1", license: "ISC" },
    { name: "@bufbuild/protobuf", version: "2.17.0", license: "Apache-2.0 AND BSD-3-Clause" },
    { name: "@noble/hashes", version: "2.4.0", license: "MIT" },
    { name: "@noble/hashes", version: "2.4.0", license: "MIT" },
  ],
  bun: { version: "1.4.5", revision: "a7733435cf40", versions: { webkit: "d6375c72", icu: "78.3" } },
};

describe("the list of parts", () => {
  const validate = officialSchema();

  it("is valid by CycloneDX's own schema", () => {
    validate(JSON.parse(sbom(facts)));
    expect(validate.errors ?? []).toEqual([]);
  });

  it("is refused by that schema with a licence that SPDX does not know", () => {
    const text = sbom({ ...facts, components: [{ name: "a", version: "1.0.0", license: "Nonsense-1.0" }] });
    expect(validate(JSON.parse(text))).toBe(false);
  });

  it("is the same whatever the order of what it is made from", () => {
    expect(sbom({ ...facts, components: facts.components.toReversed() })).toBe(sbom(facts));
  });

  it("has each package once, and bun with its parts behind them", () => {
    const { metadata, components, dependencies } = JSON.parse(sbom(facts)) as Document;
    expect(metadata.timestamp).toBe("2026-03-04T05:06:07.000Z");
    expect(components.map(({ purl }) => purl)).toEqual([
      "pkg:npm/%40bufbuild/protobuf@2.17.0",
      "pkg:npm/%40noble/hashes@2.4.0",
      "pkg:npm/yaml@2.9.1",
      "pkg:github/oven-sh/bun@a7733435cf40",
    ]);
    expect(components.at(-1)?.components?.slice(0, 1)).toMatchObject([{ name: "JavaScriptCore", version: "d6375c72" }]);
    expect(dependencies[0]?.dependsOn).toHaveLength(4);
  });

  it("takes the packages from what a bundle took in", async () => {
    const inputs = { "node_modules/yaml/dist/index.js": { bytes: 1, imports: [] } };
    const packages = await bundledPackages([{ inputs }], root);
    expect(packages).toMatchObject([{ name: "yaml", license: "ISC", texts: [expect.stringContaining("Copyright")] }]);
    validate(JSON.parse(sbom({ ...facts, components: packages })));
    expect(validate.errors ?? []).toEqual([]);
  });
});

interface Document {
  readonly metadata: { readonly timestamp: string };
  readonly components: readonly { readonly purl: string; readonly components?: readonly { readonly name: string }[] }[];
  readonly dependencies: readonly { readonly dependsOn: readonly string[] }[];
}

function officialSchema(): ValidateFunction {
  const library = dirname(createRequire(import.meta.url).resolve("@cyclonedx/cyclonedx-library/package.json"));
  const read = (name: string): object =>
    JSON.parse(readFileSync(join(library, "res", "schema", `${name}.SNAPSHOT.schema.json`), "utf8")) as object;
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    formats: {
      "date-time": /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
      "iri-reference": /^\S*$/,
      "idn-email": /@/,
      string: true,
      uri: true,
    },
  });
  for (const name of ["spdx", "jsf-0.82"])
    ajv.addSchema(read(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  return ajv.compile(read("bom-1.6"));
}
