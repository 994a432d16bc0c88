/** What goes into the places of an input's tokens: the resolved texts, escaped for the format around them. */
import { type ConfigManagerError, isConfigManagerError, type Warning } from "../internal/errors/errors.ts";
import type { Resolution } from "../internal/resolve/resolver.ts";
import { isJson } from "../internal/resolve/json-text.ts";
import { isSoftened, type Softening } from "../internal/resolve/soften.ts";
import type { Token } from "../internal/token/token.ts";
import { type EscapeFormat, escapeFormatOf } from "../internal/write/escape/formats.ts";
import type { TextOf } from "../internal/write/splice.ts";
import type { ScannedInput } from "./scan-input.ts";

/** The texts of one input, or why some of them cannot be written. */
export interface WrittenTexts {
  readonly textOf: TextOf;
  readonly errors: readonly ConfigManagerError[];
  readonly warnings: readonly Warning[];
}

/** How the texts of one input are written. */
export interface WriteTextsOptions {
  readonly escape: EscapeFormat | "auto";
  /** As the user named it: `auto` goes by it. */
  readonly file: string | undefined;
  readonly softening: Softening;
}

/** The text for each token of an input. Only what was resolved has one; the others stay in the text. */
export async function writeTexts(
  input: ScannedInput,
  resolution: Resolution,
  { escape, file, softening }: WriteTextsOptions,
): Promise<WrittenTexts> {
  const plainTextOf: TextOf = ({ reference }) => {
    const outcome = resolution.outcomeOf(reference);
    return outcome.ok ? outcome.text : undefined;
  };
  const named = file === undefined ? "none" : escapeFormatOf(file);
  const format = escape === "auto" ? named : escape;
  if (format === "none") {
    const warnings = named === "json" || named === "yaml" ? await warnOfBreakage(input, plainTextOf, named) : [];
    return { textOf: plainTextOf, errors: [], warnings };
  }
  return escapeTexts(input, plainTextOf, format, softening);
}

async function escapeTexts(
  { text, tokens, placeOf }: ScannedInput,
  plainTextOf: TextOf,
  format: EscapeFormat,
  softening: Softening,
): Promise<WrittenTexts> {
  const { createEscaper } = await import("../internal/write/escape/escaper.ts");
  const escaper = createEscaper(format, text, tokens);
  const written = new Map<Token, Uint8Array>();
  const errors: ConfigManagerError[] = [];
  const warnings: Warning[] = [];
  for (const token of tokens) {
    const plain = plainTextOf(token);
    if (plain === undefined) continue;
    try {
      written.set(token, escaper.escape(token, plain));
    } catch (error) {
      if (!isConfigManagerError(error)) throw error;
      const placed = error.at(placeOf(token), token.reference.text);
      if (isSoftened(placed, softening)) warnings.push(placed);
      else errors.push(placed);
    }
  }
  return { textOf: (token) => written.get(token), errors, warnings };
}

// With values as they are, one with a quote or a line feed may have made something else of the file.
async function warnOfBreakage(
  { text, tokens, placeOf }: ScannedInput,
  textOf: TextOf,
  format: "json" | "yaml",
): Promise<readonly Warning[]> {
  const { findBreakingToken, isSuspicious } = await import("../internal/write/escape/breakage.ts");
  if (!tokens.some((token) => isSuspicious(textOf(token) ?? new Uint8Array()))) return [];
  const parse = format === "json" ? isJson : (await import("./valid-yaml.ts")).isValidYaml;
  const token = findBreakingToken({ bytes: text, tokens, textOf, parse });
  if (token === undefined) return [];
  const { text: written } = token.reference;
  return [
    {
      message: `the value of "${written}" breaks the ${format.toUpperCase()} around it`,
      hint: `write it with "--escape ${format}", or "--escape auto"`,
      place: placeOf(token),
      token: written,
    },
  ];
}
