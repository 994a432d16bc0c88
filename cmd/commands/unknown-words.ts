import type { Warning } from "../../internal/errors/errors.ts";

/**
 * Words in capitals before the separator that are no known prefix: each once. They may be prefixes of plugins that nobody has told
 * of yet.
 */
export function unknownWords(
  bytes: Uint8Array,
  file: string | undefined,
  separator: string,
  known: ReadonlySet<string>,
): readonly Warning[] {
  const words = new Set<string>();
  const text = Buffer.from(bytes).toString("latin1");
  const pattern = new RegExp(`(?<![A-Za-z0-9_])[A-Z][A-Z0-9_]*(?=${separator.replace(/[^\w]/g, "\\$&")})`, "g");
  for (const [word] of text.matchAll(pattern)) {
    const endsWithKnown = [...known].some((prefix) => word.endsWith(prefix));
    if (!endsWithKnown) words.add(word);
  }
  return [...words].map((word) => ({
    message: `"${word}" before "${separator}"${file === undefined ? "" : ` in "${file}"`} is no known prefix`,
    hint: `if it is one, configmanager init --plugin ${word.toLowerCase()} --from URL`,
  }));
}
