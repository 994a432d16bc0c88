import type { Checksum } from "../lock/plugin-lock.ts";

/** A file of a source that is being read. */
export interface OpenedFile {
  /** Undefined when the source does not say. */
  readonly size: number | undefined;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Reads one version of one source. What it rejects with is CM_INSTALL_SOURCE, or the reason of the signal. */
export interface SourceReader {
  /** A TransientError for what another try may help with. */
  readonly open: (fileName: string, signal: AbortSignal | undefined) => Promise<OpenedFile>;
  /** The version that "the latest" turned out to be, once a file was opened; what was asked for when it was. */
  readonly version: () => string | undefined;
  /** All of a small file. Another try is made where that may help. */
  readonly read: (fileName: string, signal: AbortSignal | undefined) => Promise<Uint8Array>;
  /** The checksums of all plugins that are there, for a source that can be looked through; undefined for others. */
  readonly hashAll:
    | ((name: string, signal: AbortSignal | undefined) => Promise<ReadonlyMap<string, Checksum>>)
    | undefined;
  /** The names of the files, for a source that can be looked through. */
  readonly fileNames: (() => readonly string[]) | undefined;
  /** Where a file of this name is, for messages. */
  readonly locate: (fileName: string) => string;
}
