import { H2Error } from "./h2-error.ts";
import { ErrorCode, limits } from "./protocol.ts";

/**
 * Streams that were cut off. A peer that opens streams only to reset them, or to have them reset, makes this side work for
 * nothing; what it may do so is counted against the streams that it lets come to their end.
 */
export class ResetCount {
  #resets = 0;
  readonly #ids = new Set<number>();
  #hasForgotten = false;

  /** A stream was reset by the peer, or for its fault. Throws an H2Error of the connection when it is too much. */
  count(): void {
    this.#resets++;
    if (this.#resets > limits.resets) throw new H2Error(ErrorCode.calm, "the peer resets too many streams");
  }

  /** A stream has come to its end. */
  ended(): void {
    if (this.#resets > 0) this.#resets--;
  }

  /** This side has reset it: the peer does not know yet, and its frames are to be dropped. */
  remember(streamId: number): void {
    this.#ids.add(streamId);
    if (this.#ids.size <= limits.resetIds) return;
    const [oldest] = this.#ids;
    this.#ids.delete(oldest!);
    this.#hasForgotten = true;
  }

  /** The stream was, or may have been, reset by this side. */
  isKnown(streamId: number): boolean {
    return this.#ids.has(streamId) || this.#hasForgotten;
  }
}
