import { H2Error } from "./h2-error.ts";
import { ErrorCode, preface } from "./protocol.ts";

/** Takes the preface off what a client sends (RFC 9113, section 3.4). */
export class PrefaceReader {
  #seen = 0;

  /** What of the chunk is behind the preface. Throws an H2Error of the connection at the first byte that differs. */
  read(chunk: Buffer): Buffer {
    if (this.#seen === preface.length) return chunk;
    const part = chunk.subarray(0, preface.length - this.#seen);
    if (part.toString("latin1") !== preface.slice(this.#seen, this.#seen + part.length)) {
      throw new H2Error(ErrorCode.protocol, "the peer does not speak HTTP/2");
    }
    this.#seen += part.length;
    return chunk.subarray(part.length);
  }
}
