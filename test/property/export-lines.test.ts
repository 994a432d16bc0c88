/** Export lines through real shells: whatever the value is, `eval` sets exactly it. */
import { execFileSync, spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TokenReference } from "../../internal/token/token.ts";
import { exportLines } from "../../internal/write/export-lines.ts";

const factor = Number(process.env["FUZZ_RUNS"] ?? 1);

// Pieces that mean something to shells, and any bytes but NUL, which no variable can hold.
const piece = fc.oneof(
  fc.constantFrom(
    "'",
    "''",
    "'\\''",
    '"',
    "\\",
    "\\\n",
    "$",
    "$HOME",
    "${x}",
    "$(echo no)",
    "`echo no`",
    "!",
    "!!",
    ";",
    "&",
    "|",
    "\n",
    "\r",
    "#",
    "*",
    "~",
    "{a,b}",
    "export X=",
    "\u0001",
    "\u007f",
    "-n",
    "é",
    "😀",
  ),
  fc.string({ unit: "binary" }),
);
const text = fc.array(piece, { maxLength: 6 }).map((parts) => Buffer.from(parts.join("").replaceAll("\0", "")));
const bytes = fc.uint8Array({ min: 1, maxLength: 24 }).map((value) => Buffer.from(value));

const listOf = <T>(arbitrary: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> =>
  fc.array(arbitrary, { minLength: length, maxLength: length, size: "max" });

// bash takes a time that grows with the square of what it evaluates, so it gets less at once.
const shells = [
  { shell: "sh", locale: "C", count: 1_000 },
  { shell: "bash", locale: "C.UTF-8", count: 200 },
].filter(({ shell }) => spawnSync(shell, ["-c", ":"]).status === 0);

describe.each(shells)("export lines in $shell", ({ shell, locale, count }) => {
  it("set exactly the values", () => {
    fc.assert(
      fc.property(listOf(fc.oneof(text, bytes), count), (values) => {
        const names = values.map((_, index) => `V${index}`);
        // With a name of its own a value stays one value, even when it is an object.
        const items = values.map((value, index) => ({ reference: referenceTo("v"), name: names[index], value }));
        expect(evaluated(shell, locale, exportLines(items), names)).toEqual(values);
      }),
      { numRuns: 100 * factor, endOnFailure: true },
    );
  }, 60_000);

  it("set the keys of an object", () => {
    const scalar = fc.oneof(
      text.map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    );
    fc.assert(
      fc.property(listOf(scalar, count), (scalars) => {
        const names = scalars.map((_, index) => `K${index}`);
        const value = Buffer.from(
          JSON.stringify(Object.fromEntries(scalars.map((each, index) => [names[index], each]))),
        );
        const lines = exportLines([{ reference: referenceTo("object"), value }]);
        expect(evaluated(shell, locale, lines, names)).toEqual(scalars.map(toVariable));
      }),
      { numRuns: 10 * factor, endOnFailure: true },
    );
  }, 60_000);
});

it("there is a shell to try", () => {
  expect(shells.map(({ shell }) => shell)).toContain("sh");
});

function toVariable(scalar: string | number | boolean | null): Buffer {
  if (typeof scalar === "string") return Buffer.from(scalar);
  return Buffer.from(scalar === null ? "" : JSON.stringify(scalar));
}

// The lines as a user evaluates them; the values come back with a NUL behind each.
function evaluated(shell: string, locale: string, lines: Uint8Array, names: readonly string[]): Buffer[] {
  const print = names.map((name) => `"$${name}"`).join(" ");
  // Started at this level, bash does not take its input for a remote shell's and reads no file of the user's.
  const script = `eval "$(cat)"\nprintf '%s\\0' ${print}`;
  const printed = execFileSync(shell, ["-c", script], {
    input: lines,
    env: { PATH: process.env["PATH"], LC_ALL: locale, SHLVL: "1" },
    maxBuffer: 1 << 28,
  });
  const values: Buffer[] = [];
  for (let start = 0; start < printed.length;) {
    const end = printed.indexOf(0, start);
    values.push(printed.subarray(start, end));
    start = end + 1;
  }
  return values;
}

function referenceTo(path: string): TokenReference {
  return {
    text: `VAULT://${path}`,
    prefix: "VAULT",
    path,
    keyPath: undefined,
    metadata: new Map(),
    rawMetadata: "",
    defaultText: undefined,
    transforms: [],
  };
}
