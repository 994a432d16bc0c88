/**
 * `string-input` over 100 MB with 100,000 tokens of 1,000 distinct paths, against reading the file, one `Buffer.indexOf` pass
 * for the separator, and writing it again. Goal: within 3 ×, peak memory at most 2.5 × the input plus a bare process.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureInTurn, printRatios } from "./processes.ts";

const folder = mkdtempSync(join(tmpdir(), "cm-bench-"));
try {
  const input = join(folder, "input.txt");
  writeFileSync(input, largeInput(100_000_000, 100_000, 1_000));
  mkdirSync(join(folder, "out"));
  const output = join(folder, "out", "output.txt");
  const yardstick = `
    const { readFileSync, writeFileSync } = require("node:fs");
    const bytes = readFileSync(process.argv[1]);
    for (let at = 0; (at = bytes.indexOf("://", at)) !== -1; at += 3);
    writeFileSync(process.argv[2], bytes);`;
  const env = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`BENCH_${index}`, `value-${index}`]));
  // A file that is there and equal would not be written again.
  const before = (): void => [output, `${output}.rendered`].forEach((file) => rmSync(file, { force: true }));
  const measured = measureInTurn(
    [
      { name: "read, indexOf, write", argv: [process.execPath, "-e", yardstick, input, output], before },
      {
        name: "string-input",
        argv: [
          process.execPath,
          "dist/cmd/bin.cjs",
          "string-input",
          "-i",
          input,
          "-p",
          `${output}.rendered`,
          "--quiet",
        ],
        env,
        before,
      },
      { name: "bare process", argv: [process.execPath, "-e", "0"] },
    ],
    5,
  );
  printRatios(measured);
  const [, render, bare] = measured;
  if (render?.peakMb !== undefined && bare?.peakMb !== undefined) {
    console.log(`peak memory above a bare process: ${((render.peakMb - bare.peakMb) / 100).toFixed(2)} × the input`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function largeInput(bytes: number, tokens: number, paths: number): Buffer {
  const line = Math.floor(bytes / tokens);
  const parts = Array.from({ length: tokens }, (_, index) => {
    const token = `key_${index}: "ENV://BENCH_${index % paths}" `;
    return `${token}${"lorem ipsum dolor ".repeat(Math.ceil(line / 18)).slice(0, line - token.length - 1)}\n`;
  });
  return Buffer.from(parts.join(""));
}
