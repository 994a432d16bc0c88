import { badRequest, isStoreError } from "configmanager/plugin";
import type { FileFormat } from "./address.ts";
import { type JsonTree, printJson, tooDeep } from "./json-tree.ts";
import { maxFileBytes } from "./read-file.ts";

/**
 * The JSON that the bytes of a file mean, key order and digits kept. A leading byte order mark is no part of it. Throws
 * `badRequest` for what is not valid UTF-8 or not of the format, `tooLarge` for what aliases blow up.
 */
export async function toJson(bytes: Uint8Array, format: Exclude<FileFormat, "bytes">): Promise<string> {
  const text = decodeText(bytes);
  const parse = await loadParser(format);
  try {
    // JSON is longer than its source by escapes and by aliases; a few of them can make gigabytes of a kilobyte.
    return printJson(parse(text), Math.min(maxFileBytes, 16 * 1024 * 1024 + 8 * text.length));
  } catch (error) {
    if (isStoreError(error)) throw error;
    // The parsers descend recursively: what is nested thousands of levels deep ends their stack.
    if (error instanceof RangeError) throw tooDeep();
    throw error;
  }
}

/** The text of a file without a leading byte order mark. Throws `badRequest` for what is not UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw badRequest("file is not valid UTF-8 text", { hint: "save it as UTF-8" });
  }
}

// Parsers are loaded when a file needs one: the handshake waits for none of them.
async function loadParser(format: Exclude<FileFormat, "bytes">): Promise<(text: string) => JsonTree> {
  switch (format) {
    case "yaml":
      return (await import("./yaml.ts")).parseYaml;
    case "toml":
      return (await import("./toml.ts")).parseToml;
    case "dotenv":
      return (await import("./dotenv.ts")).parseDotenv;
  }
}
