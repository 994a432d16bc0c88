/** What of a stream is needed to write to it. */
export interface MessageSink<T> {
  readonly write: (message: T) => boolean;
  readonly once: (event: "drain", listener: () => void) => unknown;
  readonly off: (event: "drain", listener: () => void) => unknown;
}

/**
 * Writes a message to the host. A promise means that it reads slower than the store answers: it resolves when there is
 * room again, or nobody waits any more.
 */
export function sendMessage<T>(call: MessageSink<T>, signal: AbortSignal, message: T): Promise<void> | undefined {
  if (signal.aborted || call.write(message)) return undefined;
  return new Promise((resolve) => {
    const done = (): void => {
      call.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    call.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
  });
}
