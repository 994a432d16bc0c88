/** What the host takes from outside: handed in by the edge, so that a test can hand in another. */
export interface HostContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute; the second place where plugins are looked for. */
  readonly cwd: string;
  /** Absolute; the third place. */
  readonly home: string | undefined;
  readonly platform: NodeJS.Platform;
  /** As Node spells it. */
  readonly arch: string;
  /** The Node that runs the script plugins which ship with the program; the program itself, where it is a single file. */
  readonly execPath: string;
  /** Undefined on Windows. */
  readonly uid: number | undefined;
  /** Where the private folder for sockets is made. */
  readonly tempDir: string;
  /** Holds `<prefix>.cjs`; the last place where plugins are looked for. */
  readonly shippedPluginsDir: string | undefined;
  /** Names of the plugins that the program's own file holds, where the program is a single-file executable. */
  readonly pluginsInside?: readonly string[] | undefined;
  /** Calls back, synchronously, when this process ends in whatever way it can notice; returns how to take that back. */
  readonly onProcessExit: (callback: () => void) => () => void;
  /** Signals a process, or a process group by its negative id, as `process.kill` does; throws when there is none. */
  readonly kill: (pid: number, signal: NodeJS.Signals) => void;
}
