import { formatOf } from "./address.ts";
import { readRegularFile } from "./read-file.ts";
import { toJson } from "./to-json.ts";

/** The value of a file: its bytes, or the JSON that they mean, by the name that it was asked for. */
export async function readValue(file: string, path: string, signal: AbortSignal): Promise<string | Uint8Array> {
  const bytes = await readRegularFile(file, path, signal);
  const format = formatOf(path);
  return format === "bytes" ? bytes : toJson(bytes, format);
}
