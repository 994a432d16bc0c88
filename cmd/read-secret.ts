import { Buffer } from "node:buffer";

/** The terminal that a secret is typed on; `process.stdin` is one. */
export interface SecretInput {
  readonly setRawMode: (isRaw: boolean) => unknown;
  readonly on: (event: "data", listener: (chunk: Uint8Array) => void) => unknown;
  readonly removeListener: (event: "data", listener: (chunk: Uint8Array) => void) => unknown;
  readonly resume: () => unknown;
  readonly pause: () => unknown;
}

const enter: ReadonlySet<string> = new Set(["\r", "\n"]);
const backspace: ReadonlySet<string> = new Set(["\u007f", "\b"]);
const interrupt = "\u0003";
const endOfInput = "\u0004";
const eraseLine = "\u0015";
// What arrow and function keys send.
const controlSequence = /\u001b(?:\[[0-?]*[ -/]*[@-~]|O[@-~])/g;

/**
 * Asks a question on a terminal and reads one line that is not shown. Ctrl-C calls `onInterrupt`, which is to abort
 * `signal`; Ctrl-U begins again. Rejects with the signal's reason. The terminal is as it was before when this settles.
 */
export async function readSecret(
  question: string,
  input: SecretInput,
  write: (text: string) => Promise<void>,
  { signal, onInterrupt }: { readonly signal: AbortSignal; readonly onInterrupt: () => void },
): Promise<Uint8Array> {
  signal.throwIfAborted();
  await write(question);
  input.setRawMode(true);
  try {
    return Buffer.from(await readLine(input, signal, onInterrupt));
  } finally {
    input.setRawMode(false);
    input.pause();
    await write("\n");
  }
}

function readLine(input: SecretInput, signal: AbortSignal, onInterrupt: () => void): Promise<string> {
  const decoder = new TextDecoder();
  let typed: string[] = [];
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      input.removeListener("data", onData);
      signal.removeEventListener("abort", onAbort);
    };
    const onAbort = (): void => {
      stop();
      reject(signal.reason as Error);
    };
    const onData = (chunk: Uint8Array): void => {
      for (const key of decoder.decode(chunk, { stream: true }).replace(controlSequence, "")) {
        if (key === interrupt) {
          onInterrupt();
          return;
        }
        if (enter.has(key) || key === endOfInput) {
          stop();
          resolve(typed.join(""));
          return;
        }
        if (backspace.has(key)) typed.pop();
        else if (key === eraseLine) typed = [];
        else typed.push(key);
      }
    };
    signal.addEventListener("abort", onAbort, { once: true });
    input.on("data", onData);
    input.resume();
  });
}
