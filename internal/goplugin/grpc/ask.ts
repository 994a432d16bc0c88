import { CallError } from "./call-error.ts";
import type { GrpcClient } from "./client.ts";
import { StatusCode } from "./status.ts";

/** How long a call is waited for. */
export interface AskOptions {
  /** Milliseconds until it fails with DEADLINE_EXCEEDED; none unless set. */
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a call with one message and hands each message of its answer to `onMessage`; resolves when the call has ended with OK.
 * Rejects with a CallError, with what `onMessage` throws, or with the signal's reason; the call is canceled then.
 */
export function askForMany(
  client: GrpcClient,
  method: string,
  request: Uint8Array,
  { deadlineMs, signal }: AskOptions,
  onMessage: (message: Buffer) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const cancel = (): void => call.cancel();
    const call = client.call(
      method,
      { deadlineMs },
      {
        onMessage(message) {
          try {
            onMessage(message);
          } catch (error) {
            reject(error);
            cancel();
          }
        },
        onEnd(status) {
          signal?.removeEventListener("abort", cancel);
          if (status.code === StatusCode.OK) resolve();
          else reject(signal?.aborted === true ? (signal.reason as Error) : new CallError(status));
        },
      },
    );
    signal?.addEventListener("abort", cancel, { once: true });
    call.end(request);
  });
}

/** Makes a unary call. An answer without a message is one that is empty, as it is to protobuf. Rejects as `askForMany` does. */
export async function ask(
  client: GrpcClient,
  method: string,
  request: Uint8Array,
  options: AskOptions,
): Promise<Buffer> {
  let answer: Buffer = noBytes;
  await askForMany(client, method, request, options, (message) => (answer = message));
  return answer;
}

const noBytes = Buffer.alloc(0);
