import { readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the checkout. */
export const root: string = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Every source file of the project that git knows or would take, relative to the root, with `/`. */
export function sourceFiles(pattern: RegExp): string[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  return listed
    .split("\n")
    .filter(
      (file) => pattern.test(file) && !/^(internal\/gen|authoring\/new\/templates)\//.test(file) && fileExists(file),
    );
}

/** The text of one of them. */
export function readSource(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** One import of a source file: a path relative to the root for the project's own files, else the package's name. */
export interface SourceImport {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

const importForms: readonly { expression: RegExp; dynamic: boolean }[] = [
  { expression: /^(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm, dynamic: false },
  { expression: /\bimport(\s*)\(\s*"([^"]+)"/g, dynamic: true },
];

/** The imports and re-exports of a file, static and dynamic. */
export function importsOf(file: string): SourceImport[] {
  const text = readSource(file);
  return importForms.flatMap(({ expression, dynamic }) =>
    [...text.matchAll(expression)].map((match) => ({
      from: file,
      to: resolveImport(file, match[2]!),
      typeOnly: !dynamic && match[1] !== undefined,
      dynamic,
    })),
  );
}

function resolveImport(file: string, specifier: string): string {
  return specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : specifier;
}

function fileExists(file: string): boolean {
  try {
    readFileSync(join(root, file));
    return true;
  } catch {
    return false;
  }
}
