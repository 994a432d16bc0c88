/** What of a call is needed to write to it. */
export interface MessageSink {
  readonly write: (message: Uint8Array) => boolean;
  readonly drained: () => Promise<void>;
}

/**
 * Writes a message to the host. A promise means that it reads slower than the store answers: it resolves when there is
 * room again, or nobody waits any more.
 */
export function sendMessage(call: MessageSink, signal: AbortSignal, message: Uint8Array): Promise<void> | undefined {
  if (signal.aborted || call.write(message)) return undefined;
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener("abort", done);
      resolve();
    };
    signal.addEventListener("abort", done, { once: true });
    void call.drained().then(done);
  });
}
