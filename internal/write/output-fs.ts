/**
 * What the writer needs of a file system; `node:fs` satisfies it, and is handed in by whoever calls. In one turn where it
 * can be: a call that goes through a thread takes several times what a small file does.
 */
export interface OutputFs {
  readonly statSync: (path: string, options: { readonly throwIfNoEntry: false }) => OutputStat | undefined;
  readonly lstatSync: (path: string, options: { readonly throwIfNoEntry: false }) => OutputStat | undefined;
  readonly readlinkSync: (path: string) => string;
  readonly realpathSync: (path: string) => string;
  readonly accessSync: (path: string, mode: number) => void;
  readonly readdirSync: (path: string) => readonly string[];
  readonly openSync: (path: string, flags: string, mode?: number) => number;
  readonly readSync: (fd: number, bytes: Uint8Array, offset: number, length: number, position: null) => number;
  readonly writeSync: (fd: number, bytes: Uint8Array, offset: number, length: number, position: null) => number;
  readonly fstatSync: (fd: number) => OutputStat;
  readonly fchmodSync: (fd: number, mode: number) => void;
  readonly fchownSync: (fd: number, uid: number, gid: number) => void;
  /** Not in one turn: it waits for the disk. */
  readonly fsync: (fd: number, done: (error: Error | null) => void) => void;
  readonly closeSync: (fd: number) => void;
  readonly renameSync: (from: string, to: string) => void;
  readonly unlinkSync: (path: string) => void;
  readonly linkSync: (existing: string, path: string) => void;
  readonly copyFileSync: (from: string, to: string, mode: number) => void;
  readonly chmodSync: (path: string, mode: number) => void;
  /** The first folder that it made; undefined when all were there. */
  readonly mkdirSync: (path: string, options: { readonly mode?: number }) => unknown;
  readonly rmdirSync: (path: string) => void;
  readonly promises: {
    /** For what may keep its writer waiting, such as a FIFO. */
    readonly open: (path: string, flags: number) => Promise<OutputHandle>;
  };
  readonly constants: {
    readonly W_OK: number;
    readonly O_RDONLY: number;
    readonly O_WRONLY: number;
    readonly COPYFILE_EXCL: number;
    /** Absent on Windows. */
    readonly O_NONBLOCK?: number;
  };
}

/** An open file that may keep its writer waiting. */
export interface OutputHandle {
  readonly write: (
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: null,
  ) => Promise<{ readonly bytesWritten: number }>;
  readonly read: (
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: null,
  ) => Promise<{ readonly bytesRead: number }>;
  readonly close: () => Promise<void>;
}

/** What there is at a path. */
export interface OutputStat {
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly isFile: () => boolean;
  readonly isDirectory: () => boolean;
  readonly isSymbolicLink: () => boolean;
  readonly isFIFO: () => boolean;
}
