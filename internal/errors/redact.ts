/**
 * Text that comes from a plugin or an input, made safe to print: control characters (C0, DEL, C1, line and paragraph
 * separators, bidi controls) become escapes such as `\x1b`, so that they can move no cursor, forge no line and start
 * no command of a CI runner.
 */
export function escapeControls(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    if (code === 0x0a) return "\\n";
    if (code === 0x0d) return "\\r";
    if (code === 0x09) return "\\t";
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** Text cut to about `maxCharacters` by leaving out its middle, with how much that was: a token may be a megabyte long. */
export function shorten(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const head = text.slice(0, Math.ceil(maxCharacters * 0.75)).replace(/[\ud800-\udbff]$/, "");
  const tail = text.slice(-Math.floor(maxCharacters * 0.25)).replace(/^[\udc00-\udfff]/, "");
  return `${head}…(${text.length - head.length - tail.length} more)…${tail}`;
}

/** JSON of a record, on one line, in which what could move a cursor is escaped. */
export function jsonText(record: object): string {
  return JSON.stringify(record).replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
