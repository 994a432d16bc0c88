import type { StdioChannel } from "../../internal/goplugin/stdio.ts";

/** Where redirected output goes. */
export type OutputSink = (channel: StdioChannel, data: Uint8Array) => void;

/** The two streams of a process after their redirection. */
export interface RedirectedOutput {
  /** Writes to the real stderr, which carries log records; never throws. */
  readonly writeStderr: (text: string) => void;
  /** Names the sink; it gets what was kept until now. */
  readonly connect: (sink: OutputSink) => void;
}

/** What of a stream this file needs. */
export type RedirectableStream = Pick<NodeJS.WriteStream, "write" | "on">;

/** What has the two streams: a process. */
export interface OutputHolder {
  readonly stdout: RedirectableStream;
  readonly stderr: RedirectableStream;
}

/**
 * Takes what the plugin's code prints (`console.log`, libraries) away from the real streams: the first line of stdout
 * is the handshake, and a Go host that meets too long a line there later stops reading (go-plugin protocol, sections 2.2
 * and 5.4). Until a sink is connected, at most 64 KiB are kept. A host that is gone makes no error of a write.
 *
 * Neither stream is opened before somebody asks for it, which takes a tenth of a plugin's start.
 */
export function redirectOutput(holder: OutputHolder): RedirectedOutput {
  let kept: { channel: StdioChannel; data: Uint8Array }[] = [];
  let keptBytes = 0;
  let sink: OutputSink = (channel, data) => {
    if (keptBytes + data.length > maxKeptBytes) return;
    keptBytes += data.length;
    kept.push({ channel, data });
  };
  const emit: OutputSink = (channel, data) => sink(channel, data);
  divertLater(holder, "stdout", emit);
  const openStderr = divertLater(holder, "stderr", emit);
  return {
    writeStderr: (text) => void openStderr()(text, () => {}),
    connect(next) {
      sink = next;
      for (const { channel, data } of kept) next(channel, data);
      kept = [];
    },
  };
}

/**
 * Makes a console print through a process's streams, as Node's does anyway: the one of bun writes past them. The console that
 * formats is made when something is printed, which most plugins never do.
 */
export function redirectConsole(
  console: Console,
  holder: { readonly stdout: NodeJS.WritableStream; readonly stderr: NodeJS.WritableStream },
): void {
  let through: Console | undefined;
  for (const name of printingMethods) {
    console[name] = (...words: unknown[]): void => {
      through ??= new console.Console(holder.stdout, holder.stderr);
      (through[name] as (...words: unknown[]) => void)(...words);
    };
  }
}

const printingMethods = [
  "assert",
  "count",
  "countReset",
  "debug",
  "dir",
  "dirxml",
  "error",
  "group",
  "groupCollapsed",
  "groupEnd",
  "info",
  "log",
  "table",
  "time",
  "timeEnd",
  "timeLog",
  "trace",
  "warn",
] as const;

const maxKeptBytes = 64 * 1024;

type Write = (text: string, callback: (error?: Error | null) => void) => boolean;

/** Diverts a stream when it is first asked for; returns what gives its own `write`. */
function divertLater(holder: OutputHolder, channel: StdioChannel, emit: OutputSink): () => Write {
  const own = Object.getOwnPropertyDescriptor(holder, channel);
  let opened: { readonly stream: RedirectableStream; readonly write: Write } | undefined;
  const open = (): { readonly stream: RedirectableStream; readonly write: Write } => {
    if (opened === undefined) {
      const stream = (own?.get === undefined ? own?.value : own.get.call(holder)) as RedirectableStream;
      opened = { stream, write: divert(stream, channel, emit) };
    }
    return opened;
  };
  Object.defineProperty(holder, channel, { configurable: true, enumerable: true, get: () => open().stream });
  return () => open().write;
}

/** Replaces `write` of a stream and returns the one it had. */
function divert(stream: RedirectableStream, channel: StdioChannel, emit: OutputSink): Write {
  // A closed pipe would else end the process in the middle of a request (section 12.1 row 22).
  stream.on("error", () => {});
  const original = stream.write.bind(stream) as Write;
  stream.write = (
    chunk: string | Uint8Array,
    encodingOrCallback?: BufferEncoding | ((error?: Error | null) => void),
    callback?: (error?: Error | null) => void,
  ): boolean => {
    const encoding = typeof encodingOrCallback === "string" ? encodingOrCallback : "utf8";
    emit(channel, typeof chunk === "string" ? Buffer.from(chunk, encoding) : Uint8Array.from(chunk));
    const done = typeof encodingOrCallback === "function" ? encodingOrCallback : callback;
    if (done !== undefined) queueMicrotask(() => done());
    return true;
  };
  return original;
}
