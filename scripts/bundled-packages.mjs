/** Which packages a bundle took in: for the licence texts that travel with it, and for the list of its parts. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/**
 * Each package of which a bundle holds at least one file, once, by its folder; the same package in two versions is there twice.
 *
 * @param {readonly Pick<import("esbuild").Metafile, "inputs">[]} metafiles
 * @param {string} root folder that holds node_modules
 * @returns {Promise<import("./bundled-packages.mjs").BundledPackage[]>}
 */
export async function bundledPackages(metafiles, root) {
  const folders = new Set();
  for (const metafile of metafiles) {
    for (const input of Object.keys(metafile.inputs)) {
      const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
      if (match?.[1] !== undefined) folders.add(match[1]);
    }
  }
  const packages = [];
  for (const folder of [...folders].sort((left, right) => (left < right ? -1 : 1))) {
    const { name, version, license } = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8"));
    const files = (await readdir(join(root, folder))).sort();
    const texts = [];
    for (const wanted of [/^licen[cs]e/i, /^notice/i]) {
      const file = files.find((entry) => wanted.test(entry));
      if (file !== undefined) texts.push((await readFile(join(root, folder, file), "utf8")).trim());
    }
    packages.push({ name, version, license: license.replace(/^\((.*)\)$/, "$1"), texts });
  }
  return packages;
}
