import { H2Error } from "./h2-error.ts";
import { ErrorCode } from "./protocol.ts";

/**
 * How much a peer may still send, to a stream or a connection. What comes is handed on at once, so that nothing of it is
 * kept here; the window is opened again in steps of half its size.
 */
export class ReceiveWindow {
  readonly #size: number;
  #left: number;

  constructor(size: number) {
    this.#size = size;
    this.#left = size;
  }

  /**
   * Notes what came; the bytes to tell the peer in a WINDOW_UPDATE, 0 for none yet. Throws an H2Error of the stream when
   * it was more than allowed.
   */
  receive(bytes: number, streamId: number): number {
    this.#left -= bytes;
    if (this.#left < 0) throw new H2Error(ErrorCode.flowControl, "the peer sent more than its window", streamId);
    if (this.#left * 2 > this.#size) return 0;
    const step = this.#size - this.#left;
    this.#left = this.#size;
    return step;
  }
}
