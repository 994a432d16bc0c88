/**
 * Escaping against scanning: 50 MB of YAML and JSON with 100,000 tokens, looking at the text and writing every value
 * (goal: at most 6 × the scan); then the inputs of 0.3 MB that are slowest to look at (goal: none takes over 0.1 s).
 * The quickest of several rounds counts.
 */
import { performance } from "node:perf_hooks";
import { scan } from "../internal/token/scanner.ts";
import type { TokenSyntax } from "../internal/token/token.ts";
import { createEscaper } from "../internal/write/escape/escaper.ts";
import { type EscapeFormat, escapeFormats } from "../internal/write/escape/formats.ts";

const syntax: TokenSyntax = { tokenSeparator: "://", keySeparator: "|", prefixes: new Set() };
const value = Buffer.from('p@ss: "w#rd"');
const filling = "lorem ipsum dolor sit amet ".repeat(17);
const count = 100_000;
const texts: readonly { readonly format: EscapeFormat; readonly text: string }[] = [
  { format: "yaml", text: `- name: ${filling}\n  value: VAULT:///a\n`.repeat(count) },
  { format: "yaml", text: `- "${filling}": "VAULT:///a"\n`.repeat(count) },
  { format: "yaml", text: `- |\n  ${filling}\n  VAULT:///a\n`.repeat(count) },
  { format: "json", text: `[${`"${filling}", "VAULT:///a",\n`.repeat(count)}1]` },
  { format: "shell", text: `A="${filling}" B=VAULT:///a\n`.repeat(count) },
];
for (const { format, text } of texts) {
  const bytes = Buffer.from(text);
  const { tokens } = scan(bytes, syntax);
  const scanMs = timeOf(() => scan(bytes, syntax));
  const lookMs = timeOf(() => createEscaper(format, bytes, tokens));
  const escaper = createEscaper(format, bytes, tokens);
  const writeMs = timeOf(() => {
    for (const token of tokens) escaper.escape(token, value);
  });
  console.log(
    `${format}, ${(bytes.length / 1e6).toFixed(0)} MB, ${tokens.length} tokens: scan ${scanMs.toFixed(0)} ms, ` +
      `look ${lookMs.toFixed(0)} ms (${(lookMs / scanMs).toFixed(2)} ×), write ${writeMs.toFixed(0)} ms (${(writeMs / scanMs).toFixed(2)} ×)`,
  );
}

const parts = [
  ..."[{\"'`|>&*!?-:#,<=$(\\\n \t%",
  "- ",
  "? ",
  "a: ",
  "a:\n",
  " a\n",
  "|\n",
  "| \n a\n",
  "'''",
  '"""',
  "''",
  "<!--",
  "<![CDATA[",
  "<?",
  "a='",
  'a="',
  "a=`",
  "a='\\'",
  "<<E\n",
  "$(",
  "${",
  "((",
  "/*",
  "//",
  "\\\r\n",
  "\r",
  "a\n\n",
  "VAULT:///a",
  " VAULT:///a\n",
  "VAULT:///a ",
  "'VAULT:///a\n",
  "- |\n VAULT:///a\n",
  "VAULT:///a\n\n",
  "VAULT:///a: ",
  "[VAULT:///a, ",
];
const size = 300_000;
for (const format of escapeFormats) {
  if (format === "none" || format === "auto") continue;
  const times = parts.map((part) => {
    const text = part.repeat(Math.ceil(size / part.length)).slice(0, size);
    const bytes = Buffer.from(`${text} VAULT:///z\n`);
    const { tokens } = scan(bytes, syntax);
    return { part, ms: timeOf(() => createEscaper(format, bytes, tokens), 3) };
  });
  const worst = times.toSorted((left, right) => right.ms - left.ms).slice(0, 3);
  console.log(
    `${format}, 0.3 MB: ${worst.map(({ part, ms }) => `${ms.toFixed(1)} ms of ${JSON.stringify(part)}`).join(", ")}`,
  );
}

function timeOf(run: () => void, rounds = 7): number {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const started = performance.now();
    run();
    if (round > 0) times.push(performance.now() - started);
  }
  return Math.min(...times);
}
