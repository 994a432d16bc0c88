import type { OutputWriter } from "./output-leftovers.ts";

/** What is written; iterated twice when there is a file to compare with, so each iteration gives the same bytes. */
export type OutputBlocks = Iterable<Uint8Array> & { readonly byteLength?: number };

/** One output. */
export interface OutputFile {
  readonly path: string;
  /** How messages name it; its path unless set. */
  readonly name?: string | undefined;
  readonly blocks: OutputBlocks;
}

/** How outputs are written. */
export interface OutputOptions {
  /** The mode of a file that is new, whatever the umask; 0600 unless set. An existing file keeps its own. */
  readonly fileMode?: number | undefined;
  /** Makes the folders of new files where they are missing; false unless set. A run that fails removes those it made. */
  readonly makeFolders?: boolean | undefined;
  /** Keeps a file that is replaced under its name with this at the end, in place of an earlier one. */
  readonly backupSuffix?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Calls back, synchronously, when the process ends in whatever way; returns how to take that back. */
  readonly onProcessExit?: ((callback: () => void) => () => void) | undefined;
  /** Who writes: then what killed runs have left in the outputs' folders is removed. */
  readonly writer?: OutputWriter | undefined;
}
