import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** The text of a `SHA256SUMS`, as `sha256sum` writes and checks it: a line for each file, by name. */
export function formatChecksums(checksums: ReadonlyMap<string, string>): string {
  const names = [...checksums.keys()].toSorted();
  return names.map((name) => `${checksums.get(name)!}  ${name}\n`).join("");
}

/** The SHA-256 of a file, 64 hexadecimal digits. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  const stream: AsyncIterable<Uint8Array> = createReadStream(file);
  for await (const chunk of stream) hash.update(chunk);
  return hash.digest("hex");
}
