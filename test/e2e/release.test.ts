/**
 * What `npm run release` has built: executables for systems that are not this one can be looked at, and not run. Formats,
 * architectures, sizes, the versions they hold, and their checksums.
 */
import {
  createReadStream,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  closeSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { executablePlatforms, sha256OfFile } from "../../authoring/index.ts";
import { version } from "../../cmd/version.ts";
import { formatHeadBytes, readExecutableFormat } from "../../host/index.ts";
import { root } from "../helpers/source-files.ts";

const folder = join(root, "dist", "release");
const files = existsSync(folder) ? readdirSync(folder) : [];
const built = executablePlatforms
  .map(({ name, extension }) => ({ name, file: `configmanager-${name}${extension}` }))
  .filter(({ file }) => files.includes(file));
if (built.length === 0) console.warn("nothing was released (npm run release): what a release holds is NOT TESTED");

describe.runIf(built.length > 0)("a release", () => {
  it.each(built)("has an executable for $name that is one", async ({ name, file }) => {
    const path = join(folder, file);
    const [os, arch] = name.split("-");
    const head = readStart(path, formatHeadBytes);
    expect(readExecutableFormat(head)).toEqual({
      kind: { linux: "elf", darwin: "mach-o", windows: "pe" }[os!],
      architectures: [arch === "amd64" ? "x64" : arch],
    });
    if (os === "linux") {
      const loader = /\/lib(?:64)?\/ld-(musl|linux)-?[\w-]*\.so\.\d/.exec(
        readStart(path, 64 * 1024).toString("latin1"),
      );
      expect(loader?.[1]).toBe(name.endsWith("-musl") ? "musl" : "linux");
    }
    const megabytes = statSync(path).size / 1e6;
    expect(megabytes).toBeGreaterThan(60);
    expect(megabytes).toBeLessThan(160);
    expect(await holds(path, `configmanager ${version} ${file}`)).toBe(true);
  });

  it("has the checksum of each of its files", async () => {
    const lines = readFileSync(join(folder, "SHA256SUMS"), "utf8").trimEnd().split("\n");
    const sums = new Map(lines.map((line): [string, string] => [line.slice(66), line.slice(0, 64)]));
    // Beside them a folder of its own, where executables of plugins were asked for.
    expect([...sums.keys()]).toEqual(files.filter((file) => file !== "SHA256SUMS" && file !== "plugins").toSorted());
    for (const [file, sum] of sums) expect([file, await sha256OfFile(join(folder, file))]).toEqual([file, sum]);
  });
});

function readStart(path: string, bytes: number): Buffer {
  const descriptor = openSync(path, "r");
  try {
    const start = Buffer.alloc(bytes);
    return start.subarray(0, readSync(descriptor, start, 0, bytes, 0));
  } finally {
    closeSync(descriptor);
  }
}

/** Whether a file has a text in it, be it over the border of two chunks. */
async function holds(path: string, text: string): Promise<boolean> {
  let rest = Buffer.alloc(0);
  const chunks: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: 4 * 1024 * 1024 });
  for await (const chunk of chunks) {
    const both = Buffer.concat([rest, chunk]);
    if (both.includes(text)) return true;
    rest = Buffer.from(both.subarray(-text.length));
  }
  return false;
}
