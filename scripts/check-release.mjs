/**
 * Builds the release, and once more from a copy of the sources in another folder: both have to be the same, byte for byte.
 * What is in the files `test/e2e/release.test.ts` looks at.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "cm-release-"));
try {
  const copy = join(folder, "another", "place");
  cpSync(root, copy, { recursive: true, filter: isSource });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  // The copy has no history to tell the time of the commit.
  const seconds = execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: root, encoding: "utf8" }).trim();
  const env = { ...process.env, SOURCE_DATE_EPOCH: process.env["SOURCE_DATE_EPOCH"] ?? seconds };
  const [first, second] = [root, copy].map((place) => {
    execFileSync(process.execPath, [join(place, "scripts", "release.mjs")], { cwd: place, env, stdio: "inherit" });
    return readFileSync(join(place, "dist", "release", "SHA256SUMS"), "utf8");
  });
  if (first !== second) throw new Error(`two builds differ:\n${first}\n${second}`);
  console.log("both builds are the same");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {string} file */
function isSource(file) {
  const [first = "", second = ""] = relative(root, file).split(sep);
  if (["node_modules", "dist", ".git"].includes(first)) return false;
  return !(first === "test" && [".build", ".servers"].includes(second)) && !(first === "bench" && second === ".build");
}
