/** The text of a licence by its SPDX identifier. */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/**
 * Throws for an identifier that SPDX does not know.
 *
 * @param {string} id such as `MIT`
 * @returns {string}
 */
export function licenceText(id) {
  return require(`spdx-license-list/licenses/${id}.json`).licenseText.trim();
}
