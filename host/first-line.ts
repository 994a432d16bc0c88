import type { Readable } from "node:stream";

/** How waiting for the first line of a plugin's stdout ended. */
export type FirstLine =
  | { readonly kind: "line"; readonly text: string }
  /** stdout ended, or its reading failed, before a line feed came. */
  | { readonly kind: "closed"; readonly text: string }
  /** More than a line may hold came without a line feed. */
  | { readonly kind: "too long"; readonly text: string };

/** What a Go host takes at most (go-plugin protocol, section 2.2). */
const maxLineBytes = 65_536;
const lineFeed = 0x0a;

/**
 * Reads the first line of a plugin's stdout, without its line feed, and goes on reading and dropping what follows for
 * as long as the process lives: a plugin that prints more must not block (go-plugin protocol, section 2.2).
 *
 * Listens in the same turn in which it is called; never rejects.
 */
export function readFirstLine(stdout: Readable): Promise<FirstLine> {
  return new Promise((resolve) => {
    let chunks: Buffer[] | undefined = [];
    let length = 0;
    const settle = (kind: FirstLine["kind"]): void => {
      if (chunks === undefined) return;
      const text = Buffer.concat(chunks, length).toString("utf8");
      chunks = undefined;
      resolve({ kind, text });
    };
    stdout.on("data", (chunk: Buffer) => {
      if (chunks === undefined) return;
      const end = chunk.indexOf(lineFeed);
      const piece = end === -1 ? chunk : chunk.subarray(0, end);
      chunks.push(piece);
      length += piece.length;
      if (length > maxLineBytes) settle("too long");
      else if (end !== -1) settle("line");
    });
    stdout.once("close", () => settle("closed"));
    stdout.once("end", () => settle("closed"));
    // A broken pipe says no more than its end does; `close` follows.
    stdout.on("error", () => {});
  });
}
