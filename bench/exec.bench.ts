/**
 * `exec` in front of a command, against the same command run bare: goal, at most what a render costs. And a command that prints
 * 1 GB while 100 values are masked, against `cat` in the same place of the same pipe. Goal: no less than a quarter of its rate.
 */
import { createHash } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureInTurn, printRatios } from "./processes.ts";

const folder = mkdtempSync(join(tmpdir(), "cm-bench-"));
const program = [process.execPath, "dist/cmd/bin.cjs"] as const;
const values = 100;
const outputBytes = 1_000_000_000;

try {
  compareStarts();
  compareRates();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function compareStarts(): void {
  const template = join(folder, "template");
  writeFileSync(template, "ENV://BENCH_VALUE");
  const env = { BENCH_VALUE: "a value that is masked" };
  printRatios(
    measureInTurn(
      [
        { name: "render of one token", argv: [...program, "render", template], env },
        { name: "exec with one token", argv: [...program, "exec", "-t", "A=ENV://BENCH_VALUE", "--", "true"], env },
        { name: "the bare command", argv: ["true"] },
      ],
      15,
    ),
  );
}

function compareRates(): void {
  const output = join(folder, "output");
  writeLog(output);
  // Most as long as passwords are, some as short as may be masked.
  const env = Object.fromEntries(
    Array.from({ length: values }, (_, index) => [`BENCH_${index}`, digest(index).slice(0, 4 + (index % 30))]),
  );
  const tokens = Object.keys(env).flatMap((name) => ["-t", `${name}=ENV://${name}`]);
  const piped = (middle: string, ...args: readonly string[]): readonly [string, ...string[]] => [
    "sh",
    "-c",
    `${middle} | cat > /dev/null`,
    output,
    ...args,
  ];
  const measured = measureInTurn(
    [
      { name: "cat", argv: piped('cat "$0" | cat') },
      { name: "exec with 100 values", argv: piped('"$@"', ...program, "exec", ...tokens, "--", "cat", output), env },
      {
        name: "exec without masks",
        argv: piped('"$@"', ...program, "exec", ...tokens, "--no-mask", "--", "cat", output),
        env,
      },
    ],
    5,
  );
  printRatios(measured);
  for (const { name, ms } of measured) console.log(`${name}: ${(outputBytes / 1000 / ms).toFixed(0)} MB/s`);
}

// Lines of a log with identifiers in them, none of them a value.
function writeLog(file: string): void {
  const lines = Array.from({ length: 10_000 }, (_, index) => {
    return `2024-05-01T12:00:00.${index} INFO request ${digest(-index - 1)} handled in ${index} ms, status 200\n`;
  });
  const block = Buffer.from(lines.join(""));
  const descriptor = openSync(file, "w");
  for (let left = outputBytes; left > 0; left -= block.length) writeSync(descriptor, block.subarray(0, left));
  closeSync(descriptor);
}

function digest(seed: number): string {
  return createHash("sha256").update(`${seed}`).digest("base64url");
}
