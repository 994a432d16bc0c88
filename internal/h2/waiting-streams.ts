import type { H2Stream } from "./stream.ts";

/** The streams that have more to send than may go out, each served in its turn. */
export class WaitingStreams {
  readonly #streams = new Set<H2Stream>();

  add(stream: H2Stream): void {
    this.#streams.add(stream);
  }

  delete(stream: H2Stream): void {
    this.#streams.delete(stream);
  }

  clear(): void {
    this.#streams.clear();
  }

  /** Sends what may go out: one frame of each in turn, so that none waits for a long one. */
  flush(): void {
    let hasSent = true;
    while (hasSent && this.#streams.size > 0) {
      hasSent = false;
      for (const stream of Array.from(this.#streams)) {
        this.#streams.delete(stream);
        if (!stream.step()) continue;
        this.#streams.add(stream);
        hasSent = true;
      }
    }
  }
}
