/** Escaping through the real parsers: whatever a value is, what they read back is that value. */
import { execFileSync, spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tryEscaped } from "../helpers/write-escaped.ts";
import { contexts } from "./escape/contexts.ts";
import { bashContexts, shellContexts } from "./escape/shell.ts";
import { value } from "./escape/values.ts";

const runs = (count: number): number => count * Number(process.env["FUZZ_RUNS"] ?? 1);

const shells = [
  { shell: "sh", contexts: shellContexts, locale: "C", scripts: 55 },
  { shell: "bash", contexts: bashContexts, locale: "C.UTF-8", scripts: 45 },
].filter(({ shell }) => spawnSync(shell, ["-c", ":"]).status === 0);
const casesOfScript = 120;

const casesOf: Readonly<Record<string, number>> = {
  yaml: 44_000,
  json: 10_000,
  toml: 12_000,
  xml: 9_000,
  properties: 6_000,
  dotenv: 9_000,
};
const formats = [...new Set(contexts.map(({ format }) => format))];

describe.each(formats)("%s", (format) => {
  const own = contexts.filter((context) => context.format === format);

  it.each(own)("reads back what was written into $text", { timeout: 300_000 }, ({ text, read, expected, refuses }) => {
    fc.assert(
      fc.property(value, value, (...values) => {
        const written = tryEscaped(format, text, values);
        if (Buffer.isBuffer(written)) expect(read(written.toString())).toEqual(expected(...values));
        else expect([refuses(...values), written.hint]).toEqual([true, expect.stringMatching(/./)]);
      }),
      { numRuns: Math.ceil(runs(casesOf[format]!) / own.length) },
    );
  });
});

describe.each(shells)("$shell", ({ shell, contexts, locale, scripts }) => {
  it("reads back what was written into a script", { timeout: 300_000 }, () => {
    const snippet = fc.tuple(fc.nat(contexts.length - 1), value);
    fc.assert(
      fc.property(fc.array(snippet, { minLength: casesOfScript, maxLength: casesOfScript }), (snippets) => {
        const kept = snippets.filter(([index, value]) => {
          const { text, refuses } = contexts[index]!;
          const isRefused = !Buffer.isBuffer(tryEscaped("shell", text, [value]));
          if (isRefused) expect(value.includes("\0") || refuses(value)).toBe(true);
          return !isRefused;
        });
        const script = kept.map(([index], at) => `${contexts[index]!.text.replaceAll("§0", `§${at}`)}\n`).join("");
        const written = tryEscaped(
          "shell",
          script,
          kept.map(([, value]) => value),
        );
        // Started at this level, bash does not take its input for a remote shell's and reads no file of the user's.
        const env = { PATH: process.env["PATH"], LC_ALL: locale, SHLVL: "1" };
        const printed = execFileSync(shell, { input: written as Buffer, env, maxBuffer: 1 << 28 }).toString();
        expect(printed.split("\0")).toEqual([...kept.map(([index, value]) => contexts[index]!.expected(value)), ""]);
      }),
      { numRuns: runs(scripts), endOnFailure: true },
    );
  });
});

it("there is a shell to try", () => {
  expect(shells.map(({ shell }) => shell)).toContain("sh");
});
