/**
 * Writes the files of `authoring/new/templates` into one module, so that they are in every form of the program: the bundle, the
 * single-file executable, which has no files beside it, and the sources that tests run. Part of `npm run generate`.
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../authoring/new/templates", import.meta.url));
const target = fileURLToPath(new URL("../authoring/new/templates.gen.ts", import.meta.url));

// What is there when somebody has tried a template in its place.
const made = new Set(["node_modules", "dist", ".configmanager", "package-lock.json"]);

/** The module's text, made anew. */
export function templatesModule() {
  const languages = ["ts", "go"].map((language) => {
    const files = filesBelow(join(folder, language)).sort();
    const entries = files.map((path) => {
      const text = readFileSync(join(folder, language, path), "utf8").replaceAll("\r\n", "\n");
      return `    ${JSON.stringify(path)}: ${JSON.stringify(text)},\n`;
    });
    return `  ${language}: {\n${entries.join("")}  },\n`;
  });
  return `// Written by scripts/embed-templates.mjs from authoring/new/templates: change those, then \`npm run generate\`.
/** The files of each kind of project, by their paths with \`/\`. */
export const templates: Readonly<Record<"ts" | "go", Readonly<Record<string, string>>>> = {
${languages.join("")}};
`;
}

/** @param {string} top @returns {string[]} paths with `/` */
function filesBelow(top) {
  return readdirSync(top, { withFileTypes: true })
    .filter(({ name }) => !made.has(name))
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(join(top, entry.name)).map((path) => `${entry.name}/${path}`) : [entry.name],
    );
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  writeFileSync(target, templatesModule());
}
