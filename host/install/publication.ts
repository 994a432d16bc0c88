/**
 * What a source publishes for one version, whether it is a folder or an address: checksums and files. Not for which of it is
 * wanted (`install-plan.ts`). Called by `install-plugins.ts`.
 */
import { createAddressPublication } from "./address-publication.ts";
import { createFolderPublication } from "./folder-publication.ts";
import type { HttpClient } from "./http-client.ts";
import { folderOfVersion, type InstallSource, isVersion } from "./install-source.ts";
import { isNotThere, sourceError } from "./install-errors.ts";
import type { SourceReader } from "./source-reader.ts";
import { parseSums, type Sums, sumsName } from "./sums-text.ts";

/** One version of one source. */
export interface Publication extends SourceReader {
  readonly source: InstallSource;
  /** What its SHA256SUMS says, read once; undefined when it has none. */
  readonly sums: (signal: AbortSignal | undefined) => Promise<VerifiedSums | undefined>;
}

/** Checksums with the bytes that they were read from, which may be signed. */
export interface VerifiedSums {
  readonly sums: Sums;
  readonly bytes: Uint8Array;
}

/** A publication; nothing is read yet. */
export function openPublication(
  source: InstallSource,
  version: string | undefined,
  http: () => HttpClient,
): Publication {
  // A lock may say anything; what it says is not to lead out of its source.
  if (version !== undefined && !isVersion(version)) {
    throw sourceError(
      `"${version}" is no version that a source can have`,
      "correct the lock, or install the plugin again",
    );
  }
  const folder = folderOfVersion(source, version);
  const reader =
    source.kind === "folder"
      ? createFolderPublication(source.base, folder, version)
      : createAddressPublication(source.base, folder, version, http);
  let sums: Promise<VerifiedSums | undefined> | undefined;
  return {
    ...reader,
    source,
    sums(signal) {
      sums ??= readSums(reader, signal);
      return sums;
    },
  };
}

async function readSums(reader: SourceReader, signal: AbortSignal | undefined): Promise<VerifiedSums | undefined> {
  const bytes = await reader.read(sumsName, signal).catch((error: unknown) => {
    if (isNotThere(error)) return undefined;
    throw error;
  });
  if (bytes === undefined) return undefined;
  const sums = parseSums(Buffer.from(bytes).toString("utf8"));
  if (sums === undefined) {
    const looks = /^\s*<(!doctype|html)/i.test(Buffer.from(bytes.subarray(0, 512)).toString("latin1"));
    const message = `"${reader.locate(sumsName)}" is ${looks ? "a web page" : "something else"}, not a list of checksums`;
    throw sourceError(message, "check the address: it is the folder that the plugins and SHA256SUMS are in");
  }
  return { sums, bytes };
}
