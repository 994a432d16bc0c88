/** Gathers the licence texts of the packages that a bundle took in: they travel with what is published. */
import { bundledPackages } from "./bundled-packages.mjs";
import { licenceText } from "./licence-text.mjs";

/**
 * @param {readonly Pick<import("esbuild").Metafile, "inputs">[]} metafiles
 * @param {string} root folder that holds node_modules
 * @returns {Promise<string>}
 */
export async function thirdPartyNotices(metafiles, root) {
  const notices = (await bundledPackages(metafiles, root)).map(
    ({ name, version, license, texts }) =>
      // Some packages name their licence and bring no text of it.
      `${name} ${version} (${license})\n\n${(texts.length > 0 ? texts : textsOf(license)).join("\n\n")}\n`,
  );
  return `The published bundles hold code of these packages.\n\n${notices.join(`\n${"-".repeat(80)}\n\n`)}`;
}

/** @param {string} license an SPDX expression */
function textsOf(license) {
  return license.split(/ (?:AND|OR) /).map((id) => licenceText(id));
}
