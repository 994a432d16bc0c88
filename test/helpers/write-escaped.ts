import { isConfigManagerError } from "../../internal/errors/errors.ts";
import { scan } from "../../internal/token/scanner.ts";
import type { Token, TokenSyntax } from "../../internal/token/token.ts";
import { createEscaper } from "../../internal/write/escape/escaper.ts";
import type { EscapeFormat } from "../../internal/write/escape/formats.ts";
import { splice } from "../../internal/write/splice.ts";

const syntax: TokenSyntax = { tokenSeparator: "://", keySeparator: "|", prefixes: new Set() };
const nameOf = (index: string): string => (index === "1" ? `VAULT:///1[version=1, x='"]` : `VAULT:///${index}[]`);

/**
 * A template as it is written: a token stands at `§0`, `§1`, …, and the values of those numbers are escaped into their
 * places. Throws CM_VALUE_INVALID when one is refused.
 */
export function writeEscaped(
  format: EscapeFormat,
  template: string | Buffer,
  values: readonly (string | Uint8Array)[],
): Buffer {
  const latin1 = Buffer.from(template).toString("latin1");
  const text = Buffer.from(
    latin1.replace(/\u00c2\u00a7([0-9]+)/g, (_place, index: string) => nameOf(index)),
    "latin1",
  );
  const { tokens } = scan(text, syntax);
  const escaper = createEscaper(format, text, tokens);
  const valueOf = ({ reference }: Token): Buffer => Buffer.from(values[Number(reference.path.slice(1))]!);
  return Buffer.from(splice(text, tokens, (token) => escaper.escape(token, valueOf(token))));
}

/** As `writeEscaped`; the hint of the refusal instead of the text when a value is refused. */
export function tryEscaped(...args: Parameters<typeof writeEscaped>): Buffer | { readonly hint: string } {
  try {
    return writeEscaped(...args);
  } catch (error) {
    if (!isConfigManagerError(error) || error.code !== "CM_VALUE_INVALID") throw error;
    return { hint: error.hint ?? "" };
  }
}
