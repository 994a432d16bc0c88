import type { CommandLine, HostContext } from "../../host/index.ts";

/** What is tested, and with what. */
export interface TestSubject {
  readonly command: CommandLine;
  /** What the plugin gets beside go-plugin's own variables; none of those may be in it. */
  readonly env: Readonly<Record<string, string>>;
  readonly context: Pick<HostContext, "cwd" | "tempDir" | "platform" | "kill" | "onProcessExit">;
  /** Until the handshake line is there. */
  readonly startTimeoutMs: number;
  readonly probes: TestProbes;
}

/** What the store behind the plugin holds, as far as its author has said. */
export interface TestProbes {
  /** A path that has a value. */
  readonly token?: string | undefined;
  /** Goes with `token`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** A path that has none. */
  readonly missing?: string | undefined;
  /** A path that may be written to. */
  readonly writable?: string | undefined;
  /** A path below which there are values. */
  readonly listed?: string | undefined;
}
