/** The terminal that an answer is typed on; `process.stdin` is one. */
export interface AnswerInput {
  readonly on: {
    (event: "data", listener: (chunk: Uint8Array) => void): unknown;
    (event: "end", listener: () => void): unknown;
  };
  readonly removeListener: {
    (event: "data", listener: (chunk: Uint8Array) => void): unknown;
    (event: "end", listener: () => void): unknown;
  };
  readonly resume: () => unknown;
  readonly pause: () => unknown;
}

/**
 * Asks a question on a terminal and reads one line, without its end; what was typed before the end of the input where that
 * comes first. Rejects with the signal's reason. Nothing is read any more when this settles.
 */
export async function readAnswer(
  question: string,
  input: AnswerInput,
  write: (text: string) => Promise<void>,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  await write(question);
  let line: string | undefined;
  try {
    line = await readLine(input, signal);
    return line.replace(/[\r\n].*$/s, "");
  } finally {
    input.pause();
    // Else the cursor stands behind the question.
    if (line === undefined || !/[\r\n]/.test(line)) await write("\n");
  }
}

/** What was typed, with the end of the line where there was one. */
function readLine(input: AnswerInput, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder();
  let typed = "";
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      input.removeListener("data", onData);
      input.removeListener("end", onEnd);
      signal.removeEventListener("abort", onAbort);
    };
    const onAbort = (): void => {
      stop();
      reject(signal.reason as Error);
    };
    const onEnd = (): void => {
      stop();
      resolve(typed);
    };
    const onData = (chunk: Uint8Array): void => {
      typed += decoder.decode(chunk, { stream: true });
      if (!/[\r\n]/.test(typed)) return;
      stop();
      resolve(typed);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    input.on("data", onData);
    input.on("end", onEnd);
    input.resume();
  });
}
