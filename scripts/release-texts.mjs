/**
 * Writes what a release holds beside its programs: who made what is in them and under which licence, a list of their parts,
 * an installer, and manifests for package managers.
 */
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { bundledPackages } from "./bundled-packages.mjs";
import { licenceText } from "./licence-text.mjs";
import { thirdPartyNotices } from "./third-party-notices.mjs";

/**
 * @param {object} request
 * @param {string} request.root the checkout
 * @param {string} request.outDir
 * @param {string} request.version
 * @param {string} request.homepage the address of the project's page; releases are below it
 * @param {readonly Pick<import("esbuild").Metafile, "inputs">[]} request.metafiles what went into the programs
 * @param {string} request.bun a runtime that can be run here
 * @param {ReadonlyMap<string, string>} request.checksums of the programs, by file name
 * @param {boolean} request.isWhole there is an executable for every system, as manifests need
 * @param {typeof import("../release/index.ts")} request.release
 * @returns {Promise<readonly string[]>} the names of the files
 */
export async function releaseTexts({ root, outDir, version, homepage, metafiles, bun, checksums, isWhole, release }) {
  const baseUrl = `${homepage.replace(/\/+$/, "")}/releases`;
  const facts = { version, homepage, baseUrl, checksums };
  const bunFacts = await release.readBunFacts(bun);
  const components = await bundledPackages(metafiles, root);
  const notices = `${await thirdPartyNotices(metafiles, root)}\n${release.bunNotices(bunFacts, licenceText)}`;
  const files = new Map([
    ["THIRD-PARTY-NOTICES.txt", notices],
    ["configmanager.cdx.json", release.sbom({ version, commitTime: commitTime(root), components, bun: bunFacts })],
    ["install.sh", release.installerOf(await readFile(join(root, "release", "install.sh"), "utf8"), baseUrl)],
    ...(isWhole
      ? /** @type {const} */ ([
          ["configmanager.rb", release.homebrewFormula(facts)],
          ["configmanager.json", release.scoopManifest(facts)],
        ])
      : []),
  ]);
  for (const [name, text] of files) {
    await writeFile(join(outDir, name), text, { mode: name.endsWith(".sh") ? 0o755 : 0o644 });
  }
  return [...files.keys()];
}

// As reproducible builds have it: the variable, for sources without a history, else the commit's.
/** @param {string} root */
function commitTime(root) {
  const given = process.env["SOURCE_DATE_EPOCH"];
  const seconds = given ?? execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: root, encoding: "utf8" }).trim();
  return new Date(Number(seconds) * 1000);
}
