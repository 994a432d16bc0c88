/**
 * Escaping: what is written into the place of a token, so that a value stays one value of the format around it.
 * The text is read once, front to back; nothing of it changes but the tokens. Called by the facade before `splice`.
 */
import type { Token } from "../../token/token.ts";
import { settleDotenv } from "./dotenv.ts";
import type { EscapeFormat } from "./formats.ts";
import { settleJson } from "./json.ts";
import { MarkedText } from "./marked-text.ts";
import { settleProperties } from "./properties.ts";
import { settleShell } from "./shell/shell.ts";
import { settleToml } from "./toml.ts";
import { settleXml } from "./xml.ts";
import { settleYaml } from "./yaml/yaml.ts";

/** What writes the values of one text. */
export interface Escaper {
  /**
   * The bytes that go where a token stands, for its resolved text; the text itself when nothing has to change.
   *
   * The token is one of those the escaper was made with, the object itself. Throws CM_VALUE_INVALID, with a hint and
   * without a place, when the text cannot stand there.
   */
  escape(token: Token, text: Uint8Array): Uint8Array;
}

/**
 * Looks once at the text around the tokens, in a time linear in its length.
 *
 * `tokens` are in the order of the text and do not overlap. Holds one copy of the text while it looks.
 */
export function createEscaper(format: EscapeFormat, bytes: Uint8Array, tokens: readonly Token[]): Escaper {
  if (format === "none" || tokens.length === 0) return { escape: (_token, text) => text };
  const marked = new MarkedText(bytes, tokens);
  settlers[format](marked);
  const placeOf = marked.places();
  return { escape: (token, text) => placeOf.get(token)!(text) };
}

const settlers: Readonly<Record<Exclude<EscapeFormat, "none">, (marked: MarkedText) => void>> = {
  json: settleJson,
  yaml: settleYaml,
  xml: settleXml,
  toml: settleToml,
  properties: settleProperties,
  dotenv: settleDotenv,
  shell: settleShell,
};
