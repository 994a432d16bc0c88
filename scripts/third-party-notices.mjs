/** Gathers the licence texts of the packages that a bundle took in: they travel with what is published. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/**
 * @param {readonly import("esbuild").Metafile[]} metafiles
 * @param {string} root folder that holds node_modules
 * @returns {Promise<string>}
 */
export async function thirdPartyNotices(metafiles, root) {
  const folders = new Set();
  for (const metafile of metafiles) {
    for (const input of Object.keys(metafile.inputs)) {
      const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
      if (match?.[1] !== undefined) folders.add(match[1]);
    }
  }
  const notices = [];
  for (const folder of [...folders].sort((left, right) => (left < right ? -1 : 1))) {
    const { name, version, license } = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8"));
    const file = (await readdir(join(root, folder))).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? "" : await readFile(join(root, folder, file), "utf8");
    notices.push(`${name} ${version} (${license})\n\n${text.trim()}\n`);
  }
  return `The published bundles hold code of these packages.\n\n${notices.join(`\n${"-".repeat(80)}\n\n`)}`;
}
