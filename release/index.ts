/**
 * The texts that a release consists of beside its executables. Not for the executables themselves: those are compiled by
 * `authoring/`. Called by `scripts/release.mjs`.
 */
export { type BunFacts, readBunFacts } from "./bun-facts.ts";
export { bunNotices } from "./bun-notices.ts";
export { checksumOf, downloadUrl, type Release } from "./download.ts";
export { homebrewFormula } from "./homebrew.ts";
export { installerOf } from "./installer.ts";
export { type BundledComponent, sbom, type SbomFacts } from "./sbom.ts";
export { scoopManifest } from "./scoop.ts";
