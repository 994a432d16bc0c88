import type { BunFacts } from "./bun-facts.ts";
import { bunParts } from "./bun-parts.ts";

/** A package that is bundled; `bundledPackages` of `scripts/` gives them. */
export interface BundledComponent {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly license: string;
}

/** What a list of parts is made from. */
export interface SbomFacts {
  /** Of configmanager. */
  readonly version: string;
  /** Of the commit that is released: the list holds no other time. */
  readonly commitTime: Date;
  readonly components: readonly BundledComponent[];
  readonly bun: BunFacts;
}

/**
 * What a release consists of, as CycloneDX 1.6 in JSON: the bundled npm packages, and bun with its parts, which only the
 * executables hold. The same facts give the same bytes: there is no serial number, and the order is by name.
 */
export function sbom({ version, commitTime, components, bun }: SbomFacts): string {
  const program = {
    type: "application",
    "bom-ref": `configmanager@${version}`,
    name: "configmanager",
    version,
    purl: `pkg:npm/configmanager@${version}`,
    licenses: licensesOf("MIT"),
  };
  const packages = components.map(packageOf).sort(byRef).filter(isFirstOfItsRef);
  const runtime = bunOf(bun);
  const document = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: commitTime.toISOString(),
      lifecycles: [{ phase: "build" }],
      component: program,
    },
    components: [...packages, runtime],
    dependencies: [
      { ref: program["bom-ref"], dependsOn: [...packages, runtime].map((component) => component["bom-ref"]) },
    ],
    compositions: [
      { aggregate: "complete", dependencies: [program["bom-ref"]] },
      { aggregate: "incomplete", assemblies: [runtime["bom-ref"]] },
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

type Component = Readonly<Record<string, unknown>> & { readonly "bom-ref": string };

function packageOf({ name, version, license }: BundledComponent): Component {
  // In a package URL the `@` of a scope is encoded, the slash behind it is not.
  const purl = `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
  return { type: "library", "bom-ref": purl, name, version, purl, licenses: licensesOf(license), scope: "required" };
}

function bunOf({ version, revision, versions }: BunFacts): Component {
  return {
    type: "platform",
    "bom-ref": `bun@${version}`,
    name: "bun",
    version,
    description: "the runtime of the single-file executables; in nothing else that is released",
    purl: `pkg:github/oven-sh/bun@${revision}`,
    licenses: licensesOf("MIT"),
    scope: "optional",
    // What is undefined is left out of the JSON.
    components: bunParts.map(({ name, license, copyright, source, versionKey }) => ({
      type: "library",
      "bom-ref": `bun@${version}/${name}`,
      name,
      version: versionKey === undefined ? undefined : versions[versionKey],
      licenses: license === undefined ? undefined : licensesOf(license),
      copyright: copyright?.join("\n"),
      externalReferences: [{ type: "vcs", url: source }],
    })),
  };
}

function licensesOf(expression: string): readonly object[] {
  return /^[\w.+-]+$/.test(expression) ? [{ license: { id: expression } }] : [{ expression }];
}

function byRef(left: Component, right: Component): number {
  return left["bom-ref"] < right["bom-ref"] ? -1 : 1;
}

/** The same version of a package may lie in two folders. */
function isFirstOfItsRef(component: Component, index: number, sorted: readonly Component[]): boolean {
  return component["bom-ref"] !== sorted[index - 1]?.["bom-ref"];
}
