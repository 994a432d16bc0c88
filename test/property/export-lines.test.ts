/** Export lines through real shells: whatever the value is, `eval` sets exactly it. */
import { execFileSync, spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TokenReference } from "../../internal/token/token.ts";
import { exportLines } from "../../internal/write/export-lines.ts";

const factor = Number(process.env["FUZZ_RUNS"] ?? 1);
const valuesPerShell = 1_000;

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
const values = fc.array(fc.oneof(text, bytes), { minLength: valuesPerShell, maxLength: valuesPerShell, size: "max" });

const shells = ["sh", "bash"].filter((shell) => spawnSync(shell, ["-c", ":"]).status === 0);

describe.each(shells)("export lines in %s", (shell) => {
  it("set exactly the values", () => {
    fc.assert(
      fc.property(values, (given) => {
        const lines = exportLines(given.map((value, index) => ({ reference: referenceTo(`v${index}`), value })));
        expect(
          evaluated(
            shell,
            lines,
            given.map((_, index) => `V${index}`),
          ),
        ).toEqual(given);
      }),
      { numRuns: 100 * factor, endOnFailure: true },
    );
  }, 60_000);

  it("set the keys of an object", () => {
    const object = fc.array(
      fc.oneof(text.map(String), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
      { minLength: valuesPerShell, maxLength: valuesPerShell, size: "max" },
    );
    fc.assert(
      fc.property(object, (given) => {
        const names = given.map((_, index) => `K${index}`);
        const value = Buffer.from(JSON.stringify(Object.fromEntries(given.map((each, index) => [names[index], each]))));
        const expected = given.map((each) =>
          Buffer.from(typeof each === "string" ? each : each === null ? "" : JSON.stringify(each)),
        );
        expect(evaluated(shell, exportLines([{ reference: referenceTo("object"), value }]), names)).toEqual(expected);
      }),
      { numRuns: 10 * factor, endOnFailure: true },
    );
  }, 60_000);
});

it("there is a shell to try", () => {
  expect(shells).toContain("sh");
});

// The lines as a user evaluates them; the values come back with a NUL behind each.
function evaluated(shell: string, lines: Uint8Array, names: readonly string[]): Buffer[] {
  const print = names.map((name) => `"$${name}"`).join(" ");
  const script = `eval "$(cat)"\nprintf '%s\\0' ${print}`;
  const printed = execFileSync(shell, ["-c", script], {
    input: lines,
    env: { PATH: process.env["PATH"], LC_ALL: "C" },
    maxBuffer: 1 << 28,
  });
  const found: Buffer[] = [];
  for (let start = 0; start < printed.length;) {
    const end = printed.indexOf(0, start);
    found.push(printed.subarray(start, end));
    start = end + 1;
  }
  return found;
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
