/**
 * `render` of 1,000 and of 10,000 small files with one token each, 1,000 distinct ones among them, into an empty folder, against
 * copying them: as `cp -r` does it, which leaves it to the system when they reach the disk, and with each copy flushed and
 * renamed into its place, as long as `render` waits. Goal: cost per file flat, at most 3 × copying.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureInTurn, printRatios } from "./processes.ts";

const env = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`BENCH_${index}`, `value-${index}`]));

// One file after the other, its bytes on the disk before it has its name.
const flushedCopy = `
  const fs = require("node:fs");
  const [from, to] = process.argv.slice(1);
  for (const folder of fs.readdirSync(from)) {
    fs.mkdirSync(to + "/" + folder, { recursive: true });
    for (const name of fs.readdirSync(from + "/" + folder)) {
      const target = to + "/" + folder + "/" + name;
      fs.copyFileSync(from + "/" + folder + "/" + name, target + ".tmp");
      const file = fs.openSync(target + ".tmp", "r");
      fs.fsyncSync(file);
      fs.closeSync(file);
      fs.renameSync(target + ".tmp", target);
    }
  }`;

const folder = mkdtempSync(join(tmpdir(), "cm-bench-"));
try {
  const perFile = [1_000, 10_000].map((count) => {
    const [from, to] = [join(folder, `in-${count}`), join(folder, "out")];
    writeInputs(from, count);
    console.log(`${count} files:`);
    const before = (): void => rmSync(to, { recursive: true, force: true });
    const program = [process.execPath, "dist/cmd/bin.cjs", "render", from, "--out-dir", to] as const;
    const measured = measureInTurn(
      [
        { name: "cp -r", argv: ["cp", "-r", from, to], before },
        { name: "copy, flush, rename", argv: [process.execPath, "-e", flushedCopy, from, to], before },
        { name: "render", argv: program, env, before },
        // The outputs of the last one are there, and equal.
        { name: "render again", argv: program, env },
      ],
      5,
    );
    printRatios(measured);
    return measured.map(({ name, ms }) => ({ name, perFileUs: (ms * 1000) / count }));
  });
  for (const [index, { name, perFileUs }] of perFile[0]!.entries()) {
    const many = perFile[1]![index]!.perFileUs;
    console.log(`${name}: ${perFileUs.toFixed(0)} µs a file of 1,000, ${many.toFixed(0)} µs a file of 10,000`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

// A hundred files to a folder.
function writeInputs(to: string, count: number): void {
  for (let index = 0; index < count; index++) {
    const below = join(to, `service-${Math.floor(index / 100)}`);
    mkdirSync(below, { recursive: true });
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app-${index}\ndata:\n  key: "ENV://BENCH_${index % 1_000}"\n`;
    writeFileSync(join(below, `app-${index}.yaml`), text);
  }
}
