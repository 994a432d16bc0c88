import { addressText, type HttpClient } from "./http-client.ts";
import { sourceError } from "./install-errors.ts";
import { isVersion } from "./install-source.ts";
import type { OpenedFile, SourceReader } from "./source-reader.ts";
import { retrying } from "./retrying.ts";

/** What is read whole, checksums and signatures, is never longer. */
const maxSmallBytes = 1024 * 1024;

/**
 * Files below an address. Where "the latest" is sent on to a version (`<base>/download/<version>/…`), that version is kept to
 * for every further file, so that a release in between mixes nothing.
 */
export function createAddressPublication(
  base: string,
  asked: string,
  version: string | undefined,
  http: () => HttpClient,
): SourceReader {
  let folder = asked;
  let found = version;
  const urlOf = (fileName: string): URL => new URL(`${base}/${folder}${encodeURIComponent(fileName)}`);
  const open = async (fileName: string, signal: AbortSignal | undefined): Promise<OpenedFile> => {
    const { addresses, size, body } = await http().get(urlOf(fileName), signal);
    const latest =
      asked === "latest/download/" && found === undefined ? versionOf(addresses, base, fileName) : undefined;
    if (latest !== undefined) {
      found = latest;
      folder = `download/${latest}/`;
    }
    return { size, bytes: body };
  };
  return {
    open,
    version: () => found,
    read: (fileName, signal) =>
      retrying(async () => {
        const { bytes } = await open(fileName, signal);
        const chunks: Uint8Array[] = [];
        let length = 0;
        for await (const chunk of bytes) {
          length += chunk.length;
          if (length > maxSmallBytes) {
            const message = `"${addressText(urlOf(fileName))}" has more than 1 MiB`;
            throw sourceError(message, "check the address and what answers there");
          }
          chunks.push(chunk);
        }
        return Buffer.concat(chunks);
      }, signal),
    hashAll: undefined,
    fileNames: undefined,
    locate: (fileName) => addressText(urlOf(fileName)),
  };
}

function versionOf(addresses: readonly URL[], base: string, fileName: string): string | undefined {
  for (const { origin, pathname } of addresses) {
    const address = `${origin}${pathname}`;
    if (!address.startsWith(`${base}/download/`) || !address.endsWith(`/${encodeURIComponent(fileName)}`)) continue;
    const text = decode(address.slice(`${base}/download/`.length, -`/${encodeURIComponent(fileName)}`.length));
    if (text !== undefined && isVersion(text)) return text;
  }
  return undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
