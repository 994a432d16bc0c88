import type { BunFacts } from "./bun-facts.ts";
import { type BunPart, bunParts, bunPolyfills } from "./bun-parts.ts";

const line = "-".repeat(80);

/**
 * The notices that an executable needs beside those of the bundled packages: bun's parts, what the licences of two of them
 * ask for, and each licence's text once.
 *
 * @param textOf the text of a licence by its SPDX identifier
 */
export function bunNotices(bun: BunFacts, textOf: (id: string) => string): string {
  const licenses = bunParts.flatMap(({ license }) => (license === undefined ? [] : idsOf(license)));
  const ids = [...new Set(["MIT", ...licenses])].sort();
  const texts = ids.map((id) => `${line}\n\n${id}\n\n${textOf(id)}\n`);
  return [introduction(bun), ...bunParts.map((part) => partOf(part, bun)), `\n${polyfills()}`, ...texts].join("\n");
}

function introduction({ version, revision, versions }: BunFacts): string {
  return `The single-file executables (configmanager-<os>-<arch>) consist of the code above and of bun ${version}
(https://github.com/oven-sh/bun, commit ${revision}), which is licensed under MIT.
The script plugins and the npm package hold nothing of what follows.

bun links libraries of others. Two of them are under the GNU Library or Lesser General Public License, which gives you
the right to change them and to use the changed ones in these executables; you may also examine how the executables work
in order to find faults of such changes:

  JavaScriptCore  https://github.com/oven-sh/WebKit at ${versions["webkit"] ?? "the commit that bun names"}
  tinycc          https://github.com/oven-sh/tinycc at ${versions["tinycc"] ?? "the commit that bun names"}

All of this project's code is under the MIT licence, in source form, with the one command that makes the executables from
it. To make them with a changed library: build bun from its sources with that library (the licence page of bun says how),
then build the executable with that bun (\`bun build --compile --compile-executable-path FILE\`).

The list is that of bun's licence page and of what this bun says of itself. The commits are the ones that it was built from.
`;
}

function partOf({ name, license, copyright = [], source, versionKey }: BunPart, { versions }: BunFacts): string {
  const version = versionKey === undefined ? undefined : versions[versionKey];
  const title = version === undefined ? name : `${name} ${version}`;
  return [`${title} (${license ?? `several licences, see ${source}`})`, ...copyright, source, ""]
    .map((text, index) => (index === 0 || text === "" ? text : `  ${text}`))
    .join("\n");
}

function polyfills(): string {
  return `To play modules of Node, bun holds code of these npm packages, all under MIT, each by its authors:\n  ${bunPolyfills.join(", ")}\n`;
}

/** The exception of LLVM takes conditions of Apache-2.0 away and has no text that must travel. */
function idsOf(expression: string): readonly string[] {
  return expression.split(" AND ").map((id) => id.replace(/ WITH .*$/, ""));
}
