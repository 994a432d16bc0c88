/**
 * The token language: bytes in, tokens with their offsets out. The contract is docs/token-language.md, from the top to "Where it ends".
 * Knows no stores, no values and no files, and never throws for what the bytes hold.
 * Called by the facade for whole inputs, and through `parseToken` for single tokens of the command line.
 */
import { ConfigManagerError } from "../errors/errors.ts";
import { escapeControls } from "../errors/redact.ts";
import { type CompiledSyntax, compileSyntax } from "./syntax.ts";
import type { ScanResult, TokenReference, TokenSyntax } from "./token.ts";
import { createTokenReader } from "./token-reader.ts";
import { createUnknownPrefixFinder } from "./unknown-prefix.ts";
import { warnOfUtf16 } from "./utf16.ts";
import { bufferOf, excerptOf, isWordByte } from "./utf8.ts";

export { checkTokenSyntax } from "./syntax.ts";

/**
 * Finds every token, fault and warning, each list in document order, in time linear in the input.
 *
 * Throws CM_TOKEN_SEPARATOR_INVALID or CM_KEY_SEPARATOR_INVALID for a syntax that cannot be; nothing for any bytes.
 */
export function scan(bytes: Uint8Array, syntax: TokenSyntax): ScanResult {
  const buffer = bufferOf(bytes);
  const compiled = compiledOnce(syntax);
  const { separator, findPrefix } = compiled;
  const reader = createTokenReader(buffer, compiled);
  const findUnknownPrefix = createUnknownPrefixFinder(compiled);
  reader.warnings.push(...warnOfUtf16(buffer));
  // No prefix begins before `floor`: there stands what was read as a token or as a fault.
  let floor = 0;
  let separatorAt = buffer.indexOf(separator);
  while (separatorAt !== -1) {
    const prefix = findPrefix(buffer, separatorAt, floor);
    const start = prefix === undefined ? separatorAt : separatorAt - prefix.length;
    if (start > 0 && isWordByte(buffer[start - 1]!)) {
      const warning = findUnknownPrefix(buffer, separatorAt);
      if (warning !== undefined) reader.warnings.push(warning);
    }
    if (prefix === undefined) {
      separatorAt = buffer.indexOf(separator, separatorAt + 1);
    } else {
      floor = reader.read(start, prefix, separatorAt + separator.length);
      separatorAt = buffer.indexOf(separator, floor);
    }
  }
  return { tokens: reader.tokens, problems: reader.problems, warnings: reader.warnings };
}

// Of many small inputs, compiling the syntax would be most of the work.
const compiledSyntaxes = new WeakMap<TokenSyntax, CompiledSyntax>();

function compiledOnce(syntax: TokenSyntax): CompiledSyntax {
  const known = compiledSyntaxes.get(syntax);
  if (known !== undefined) return known;
  const compiled = compileSyntax(syntax);
  compiledSyntaxes.set(syntax, compiled);
  return compiled;
}

/** Reads a text that is exactly one token from its first to its last character. Throws CM_USAGE with the reason for any other. */
export function parseToken(text: string, syntax: TokenSyntax): TokenReference {
  const bytes = Buffer.from(text);
  const { tokens, problems, warnings } = scan(bytes, syntax);
  const [token] = tokens;
  const [problem] = problems;
  const refuse = (reason: string, hint: string | undefined): never => {
    const quoted = escapeControls(excerptOf(bytes, 0, bytes.length, 200));
    throw new ConfigManagerError("CM_USAGE", `"${quoted}" is not one token: ${reason}`, { hint, token: text });
  };
  if (problem !== undefined) return refuse(problem.error.message, problem.error.hint);
  const hint = warnings[0]?.hint;
  if (token === undefined) {
    const known = Array.from(syntax.prefixes).join(", ");
    return refuse(
      "it holds none",
      hint ?? `write PREFIX${syntax.tokenSeparator}path with one of the known prefixes: ${known}`,
    );
  }
  if (token.start > 0) return refuse(`"${token.reference.text}" begins in the middle of it`, hint);
  if (token.end < bytes.length) {
    const rest = escapeControls(excerptOf(bytes, token.end, bytes.length, 60));
    return refuse(
      `"${rest}" is left over`,
      hint ?? 'write a character that ends a token percent-encoded, ":" as "%3A"',
    );
  }
  return token.reference;
}
