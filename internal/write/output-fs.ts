/** What the writer needs of a file system; `node:fs` satisfies it, and is handed in by whoever calls. */
export interface OutputFs {
  readonly promises: {
    readonly open: (path: string, flags: string | number, mode?: number) => Promise<OutputHandle>;
    readonly stat: (path: string) => Promise<OutputStat>;
    readonly lstat: (path: string) => Promise<OutputStat>;
    readonly readlink: (path: string) => Promise<string>;
    readonly realpath: (path: string) => Promise<string>;
    readonly access: (path: string, mode: number) => Promise<void>;
    readonly rename: (from: string, to: string) => Promise<void>;
    readonly unlink: (path: string) => Promise<void>;
  };
  readonly unlinkSync: (path: string) => void;
  readonly constants: {
    readonly W_OK: number;
    readonly O_RDONLY: number;
    readonly O_WRONLY: number;
    /** Absent on Windows. */
    readonly O_NONBLOCK?: number;
  };
}

/** An open file. */
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
  readonly stat: () => Promise<OutputStat>;
  readonly chmod: (mode: number) => Promise<void>;
  readonly chown: (uid: number, gid: number) => Promise<void>;
  readonly sync: () => Promise<void>;
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
