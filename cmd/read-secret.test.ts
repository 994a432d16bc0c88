import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { canceledBy } from "./exit-codes.ts";
import { readSecret, type SecretInput } from "./read-secret.ts";

// A terminal that keys are pressed on when it listens.
class Keys extends EventEmitter implements SecretInput {
  readonly modes: boolean[] = [];
  readonly #chunks: readonly (string | Buffer)[];

  constructor(...chunks: (string | Buffer)[]) {
    super();
    this.#chunks = chunks;
  }

  setRawMode(isRaw: boolean): void {
    this.modes.push(isRaw);
  }

  resume(): void {
    for (const chunk of this.#chunks) this.emit("data", Buffer.from(chunk as string));
  }

  pause(): void {}
}

async function typed(...chunks: (string | Buffer)[]): Promise<{ text: string; shown: string; modes: boolean[] }> {
  const keys = new Keys(...chunks);
  const ending = new AbortController();
  let shown = "";
  const write = async (text: string): Promise<void> => void (shown += text);
  const bytes = await readSecret("secret: ", keys, write, {
    signal: ending.signal,
    onInterrupt: () => ending.abort(canceledBy("SIGINT")),
  });
  return { text: Buffer.from(bytes).toString(), shown, modes: keys.modes };
}

describe("readSecret", () => {
  it("reads one line that is not shown, and leaves the terminal as it was", async () => {
    expect(await typed("pass", "word\r", "more")).toEqual({
      text: "password",
      shown: "secret: \n",
      modes: [true, false],
    });
  });

  it("takes back with backspace, and all with Ctrl-U", async () => {
    expect((await typed("wrong\u0015abd\u007f\bbc\n")).text).toBe("abc");
  });

  it("takes a character that comes in two pieces, and leaves out what arrow keys send", async () => {
    const [first, second] = [Buffer.from("é").subarray(0, 1), Buffer.from("é").subarray(1)];
    expect((await typed("a", first, second, "\u001b[A\u001b[1;5Cb\r")).text).toBe("aéb");
  });

  it("ends with Ctrl-D", async () => {
    expect((await typed("abc\u0004")).text).toBe("abc");
  });

  it("is interrupted by Ctrl-C, and leaves the terminal as it was", async () => {
    const keys = new Keys("abc\u0003");
    const ending = new AbortController();
    const asked = readSecret("", keys, async () => {}, {
      signal: ending.signal,
      onInterrupt: () => ending.abort(canceledBy("SIGINT")),
    });
    await expect(asked).rejects.toMatchObject({ code: "CM_CANCELED" });
    expect(keys.modes).toEqual([true, false]);
    expect(keys.listenerCount("data")).toBe(0);
  });
});
