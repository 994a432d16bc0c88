import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { canceledBy } from "./exit-codes.ts";
import { type AnswerInput, readAnswer } from "./read-answer.ts";

// A terminal on which lines are typed when it listens; undefined is its end.
class Terminal extends EventEmitter implements AnswerInput {
  readonly #chunks: readonly (Uint8Array | undefined)[];
  isPaused = false;

  constructor(...chunks: readonly (string | Uint8Array | undefined)[]) {
    super();
    this.#chunks = chunks.map((chunk) => (typeof chunk === "string" ? Buffer.from(chunk) : chunk));
  }

  resume(): void {
    for (const chunk of this.#chunks) this.emit(chunk === undefined ? "end" : "data", chunk);
  }

  pause(): void {
    this.isPaused = true;
  }
}

async function answer(
  terminal: Terminal,
  signal: AbortSignal = new AbortController().signal,
): Promise<{ readonly line: unknown; readonly shown: string }> {
  let shown = "";
  const line: unknown = await readAnswer("sure? ", terminal, async (text) => void (shown += text), signal).catch(
    (error: unknown) => error,
  );
  return { line, shown };
}

describe("readAnswer", () => {
  it.each([
    { name: "reads a line", chunks: ["y\n"], line: "y", shown: "sure? " },
    { name: "leaves what stands behind it", chunks: ["a\r\nrm -rf\n"], line: "a", shown: "sure? " },
    { name: "puts pieces together", chunks: ["al", "ways", "\n"], line: "always", shown: "sure? " },
    {
      name: "takes a character in two pieces",
      chunks: [Buffer.from([0xc3]), Buffer.from([0xa9, 0x0a])],
      line: "é",
      shown: "sure? ",
    },
    { name: "ends with the input, and its line too", chunks: ["n", undefined], line: "n", shown: "sure? \n" },
    { name: "is empty where nothing comes", chunks: [undefined], line: "", shown: "sure? \n" },
  ])("$name", async ({ chunks, line, shown }) => {
    const terminal = new Terminal(...chunks);
    expect(await answer(terminal)).toEqual({ line, shown });
    expect([terminal.isPaused, terminal.listenerCount("data"), terminal.listenerCount("end")]).toEqual([true, 0, 0]);
  });

  it("is interrupted by the signal, and leaves the terminal alone", async () => {
    const ending = new AbortController();
    const terminal = new Terminal("y");
    const asked = answer(terminal, ending.signal);
    setImmediate(() => ending.abort(canceledBy("SIGINT")));
    expect(await asked).toMatchObject({ line: { code: "CM_CANCELED" }, shown: "sure? \n" });
    expect([terminal.isPaused, terminal.listenerCount("data")]).toEqual([true, 0]);
  });
});
