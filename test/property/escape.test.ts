/** Escaping through the real parsers: whatever a value is, what they read back is that value. */
import { execFileSync, spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isConfigManagerError } from "../../internal/errors/errors.ts";
import { scan } from "../../internal/token/scanner.ts";
import { createEscaper } from "../../internal/write/escape/escaper.ts";
import type { EscapeFormat } from "../../internal/write/escape/formats.ts";
import { contexts } from "./escape-contexts.ts";

const runs = (count: number): number => count * Number(process.env["FUZZ_RUNS"] ?? 1);

// What means something in one of the formats, and what is often in secrets.
const pieces = [
  ..."abZ019 \n\t'\"`\\$#%:,;=-?&*!|>@{}[]<()/.~^+_",
  "\r\n", "\r", "\0", "\u0001", "\u007f", "\u0085", "\u00a0", "\u2028", "\u2029", "\ufeff", "\uffff", "é", "😀", "日本", "\n\n", "  ", ": ", " #", "\\n",
  "\\'", '\\"', "''", "'''", '"""', "]]>", "-->", "--", "*/", "/*", "//", "?>", "&amp;", "${HOME}", "$(echo no)",
  "EOF", "\nEOF\n", "---", "...", "- ", "\n- a: b", "<<", "{{ x }}", "%TAG", "null", "true", "1.10", "export K=1\n",
] as const;
const wholes = ["", "null", "true", "~", "1.10", "0x1f", "-5", "1e3", "12345678901234567890", "2024-02-29", "2023-02-29",
  "07:32:00", "yes", "=", "-", "?", ":", "- x", "<<", '{"a": [1]}', '"x"', "-----BEGIN KEY-----\nAb+/=\n-----END KEY-----\n", "C:\\dir\\", "x".repeat(5_000)] as const;
const likely = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join(""));
// The parser of TOML that is used here writes into the prototype of all objects for this key.
const value = fc.oneof(
  { weight: 6, arbitrary: likely },
  { weight: 2, arbitrary: fc.constantFrom(...wholes) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme" }) },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
  { weight: 1, arbitrary: fc.base64String() },
).filter((text) => text !== "__proto__");

const syntax = { tokenSeparator: "://", keySeparator: "|", prefixes: new Set<string>() };
const nameOf = (index: string): string => (index === "1" ? `VAULT:///1[version=1, x='"]` : `VAULT:///${index}[]`);

// The written text; undefined when a value was refused.
function write(format: EscapeFormat, template: string, values: readonly string[]): Buffer | undefined {
  const text = Buffer.from(template.replace(/§([0-9]+)/g, (_place, index: string) => nameOf(index)));
  const { tokens } = scan(text, syntax);
  const escaper = createEscaper(format, text, tokens);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [index, { start, end, reference }] of tokens.entries()) {
    try {
      const value = Buffer.from(values[Number(reference.path.slice(1))]!);
      parts.push(text.subarray(at, start), escaper.escape(index, value));
    } catch (error) {
      if (!isConfigManagerError(error) || error.code !== "CM_VALUE_INVALID") throw error;
      expect(error.hint).toBeDefined();
      return undefined;
    }
    at = end;
  }
  return Buffer.concat([...parts, text.subarray(at)]);
}

// Each prints one value, with a NUL behind it.
const shellContexts: readonly { text: string; expected: (value: string) => string; refuses?: (value: string) => boolean }[] = [
  { text: "printf '%s\\0' §0", expected: (value) => value },
  { text: "printf '%s\\0' a§0z # it's", expected: (value) => `a${value}z` },
  { text: "K=§0; printf '%s\\0' \"$K\"", expected: (value) => value },
  { text: "export K=x:§0\nprintf '%s\\0' \"${K}\"", expected: (value) => `x:${value}` },
  { text: "for K in §0 b; do printf '%s\\0' \"$K\"; break; done", expected: (value) => value },
  { text: "case §0 in \"§0\") printf '%s\\0' '§0';; esac", expected: (value) => value },
  { text: "K=\"§0\"; printf '%s\\0' \"$K\"", expected: (value) => value },
  { text: "printf '%s\\0' \"a \\\"§0 ${UNSET:-\"x\"}\" >&1", expected: (value) => `a "${value} x` },
  { text: "printf '%s\\0' \"\\$§0\"", expected: (value) => `$${value}` },
  { text: "printf '%s\\0' '§0'", expected: (value) => value },
  { text: "printf '%s\\0' 'it'\\''s §0'", expected: (value) => `it's ${value}` },
  { text: "K=$(printf '%sx' '§0'); printf '%s\\0' \"${K%x}\"", expected: (value) => value },
  { text: "K=\"$(printf '%sx' §0)\"; printf '%s\\0' \"${K%x}\"", expected: (value) => value },
  { text: "cat <<'EOF'\n§0\nEOF\nprintf '\\0'", expected: (value) => `${value}\n`, refuses: hasDelimiter },
  { text: "cat <<EOF && printf '\\0'\na §0 \\$\nEOF", expected: (value) => `a ${value} $\n`, refuses: hasDelimiter },
  { text: "\tcat <<-\"E F\" | cat\n\t\ta §0\n\tE F\nprintf '\\0'", expected: (value) => `a ${value}\n`, refuses: (value) => /\n\t|E F/.test(value) || hasDelimiter(value) },
  { text: "# it's §0\nprintf '\\0'", expected: () => "", refuses: (value) => /[^ -~]/.test(value) },
];
const bashContexts: typeof shellContexts = [
  ...shellContexts,
  { text: "printf '%s\\0' $'a\\'§0'", expected: (value) => `a'${value}` },
  { text: "K=([0]=§0 b); printf '%s\\0' \"${K[0]}\"", expected: (value) => value },
  { text: "[[ \"§0\" == §0 ]] && printf '%s\\0' §0", expected: (value) => value },
  { text: "cat <<< \"§0\"; printf '\\0'", expected: (value) => `${value}\n` },
];
const shells = [
  { shell: "sh", contexts: shellContexts, locale: "C", scripts: 55 },
  { shell: "bash", contexts: bashContexts, locale: "C.UTF-8", scripts: 45 },
].filter(({ shell }) => spawnSync(shell, ["-c", ":"]).status === 0);
const snippetsOfScript = 120;

function hasDelimiter(value: string): boolean {
  return /^EOF$|^E(OF?| F?)?[^\0-\u007f]/m.test(value);
}

const formats = [...new Set(contexts.map(({ format }) => format))];

describe.each(formats)("%s", (format) => {
  const own = contexts.filter((context) => context.format === format);
  const count = { yaml: 44_000, json: 10_000, toml: 12_000, xml: 9_000, properties: 6_000, dotenv: 9_000 }[format as "yaml"];

  it.each(own)("reads back what was written into $text", { timeout: 300_000 }, ({ text, read, expected, refuses }) => {
    fc.assert(
      fc.property(value, value, (first, second) => {
        const written = write(format, text, [first, second]);
        if (written === undefined) expect(refuses?.(first, second) ?? false).toBe(true);
        else expect(read(written.toString())).toEqual(expected(first, second));
      }),
      { numRuns: Math.ceil(runs(count) / own.length) },
    );
  });
});

describe.each(shells)("$shell", ({ shell, contexts, locale, scripts }) => {
  it("reads back what was written into a script", { timeout: 300_000 }, () => {
    const snippet = fc.tuple(fc.nat(contexts.length - 1), value);
    fc.assert(
      fc.property(fc.array(snippet, { minLength: snippetsOfScript, maxLength: snippetsOfScript }), (snippets) => {
        const kept = snippets.filter(([index, value]) => {
          const { text, refuses } = contexts[index]!;
          const isRefused = write("shell", text, [value]) === undefined;
          if (isRefused) expect(value.includes("\0") || (refuses?.(value) ?? false)).toBe(true);
          return !isRefused;
        });
        const script = kept.map(([index], at) => `${contexts[index]!.text.replaceAll("§0", `§${at}`)}\n`).join("");
        const written = write("shell", script, kept.map(([, value]) => value));
        // Started at this level, bash does not take its input for a remote shell's and reads no file of the user's.
        const env = { PATH: process.env["PATH"], LC_ALL: locale, SHLVL: "1" };
        const printed = execFileSync(shell, { input: written!, env, maxBuffer: 1 << 28 }).toString();
        expect(printed.split("\0")).toEqual([...kept.map(([index, value]) => contexts[index]!.expected(value)), ""]);
      }),
      { numRuns: runs(scripts), endOnFailure: true },
    );
  });
});

it("there is a shell to try", () => {
  expect(shells.map(({ shell }) => shell)).toContain("sh");
});
