import { Buffer } from "node:buffer";

/**
 * How else a program may print a text: base64, URL-encoded, as a JSON string, in a shell's quotes. The text itself is not
 * among them, and a form may come twice.
 */
export function* textForms(text: Uint8Array): Generator<Uint8Array> {
  yield* base64Forms(text);
  yield* urlForms(text);
  yield* quotedForms(text);
}

/** How many bytes make a line of base64 as `base64` and as PEM files wrap it: 76 and 64 characters. */
const wrappedLineBytes: readonly number[] = [57, 48];

// Three bytes become four characters, so a text within a longer one is encoded in one of three ways, and its first and last
// character may belong to its neighbours too. What is the text's alone is masked then.
function* base64Forms(text: Uint8Array): Generator<Uint8Array> {
  const whole = Buffer.from(text).toString("base64");
  const alone = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), text]).toString("base64");
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + text.length) * 8) / 6));
  });
  const wrapped = wrappedLineBytes.filter((bytes) => text.length > bytes).flatMap((bytes) => linesOf(text, bytes));
  for (const form of [whole, whole.replace(/=+$/, ""), ...alone, ...wrapped]) {
    yield Buffer.from(form);
    if (/[+/]/.test(form)) yield Buffer.from(form.replaceAll("+", "-").replaceAll("/", "_"));
  }
}

function linesOf(text: Uint8Array, lineBytes: number): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += lineBytes) {
    lines.push(Buffer.from(text.subarray(at, at + lineBytes)).toString("base64"));
  }
  return lines;
}

/** What encoders leave as it is: RFC 3986, `encodeURIComponent`, the paths of Python, `encodeURI`, forms of HTML. */
const unencoded: readonly string[] = ["-_.~", "-_.~!'()*", "-_.~/", "-_.~!'()*;,/?:@&=+$#", "-_.*"];

function* urlForms(text: Uint8Array): Generator<Uint8Array> {
  for (const kept of unencoded) {
    const isKept = (byte: number): boolean => isAlphanumeric(byte) || kept.includes(String.fromCharCode(byte));
    const encode = (byte: number): string => `%${byte.toString(16).padStart(2, "0")}`;
    const lower = Array.from(text, (byte) => (isKept(byte) ? String.fromCharCode(byte) : encode(byte))).join("");
    const upper = lower.replace(/%[0-9a-f]{2}/g, (code) => code.toUpperCase());
    for (const form of [lower, upper]) {
      yield Buffer.from(form, "latin1");
      if (form.includes("%20")) yield Buffer.from(form.replaceAll("%20", "+"), "latin1");
    }
  }
}

function isAlphanumeric(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

function* quotedForms(bytes: Uint8Array): Generator<Uint8Array> {
  const text = Buffer.from(bytes).toString("utf8");
  const json = JSON.stringify(text).slice(1, -1);
  yield Buffer.from(json);
  yield Buffer.from(json.replaceAll("/", "\\/"));
  // Go's encoder and Python's write these so.
  const inHtml = json.replace(/[<>&]/g, escapeUnit);
  yield Buffer.from(inHtml);
  yield Buffer.from(json.replace(/[\u007f-\uffff]/g, escapeUnit));
  yield Buffer.from(text.replaceAll("'", "'\\''"));
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
