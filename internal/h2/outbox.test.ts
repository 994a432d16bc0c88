import { describe, expect, it } from "vitest";
import { Outbox } from "./outbox.ts";
import { FrameType } from "./protocol.ts";

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe("the outbox", () => {
  it("writes the frames of one turn in one piece, small and large ones, in their order", async () => {
    const { written, outbox } = start();
    outbox.open();
    outbox.frame(FrameType.data, 1, 3, Buffer.from("a"));
    outbox.numberFrame(FrameType.windowUpdate, 5, 7);
    outbox.frame(FrameType.data, 0, 1, Buffer.alloc(20_000, "b"));
    outbox.frame(FrameType.ping, 0, 0, Buffer.from("12345678"));
    await turn();
    await turn();
    expect(written).toHaveLength(1);
    const expected = [
      Buffer.from("000001000100000003", "hex"),
      Buffer.from("a"),
      Buffer.from("00000408000000000500000007", "hex"),
      Buffer.from("004e20000000000001", "hex"),
      Buffer.alloc(20_000, "b"),
      Buffer.from("000008060000000000", "hex"),
      Buffer.from("12345678"),
    ];
    expect(written[0]?.equals(Buffer.concat(expected))).toBe(true);
  });

  it("writes much before the turn is over, frame by frame, and waits with more while the socket takes none", async () => {
    let takes = true;
    const { written, outbox } = start(() => takes);
    outbox.open();
    for (let frames = 0; frames < 3; frames++) outbox.frame(FrameType.data, 0, 1, Buffer.alloc(12_000));
    expect(written.map(({ length }) => length)).toEqual([36_027]);
    takes = false;
    for (let frames = 0; frames < 6; frames++) outbox.frame(FrameType.data, 0, 1, Buffer.alloc(12_000));
    expect(written).toHaveLength(2);
    await turn();
    expect(written.map(({ length }) => length)).toEqual([36_027, 36_027, 36_027]);
  });

  it("writes nothing before the socket is there, and nothing when it is closed", async () => {
    const { written, outbox } = start();
    outbox.bytes(Buffer.from("early"));
    await turn();
    expect(written).toEqual([]);
    outbox.open();
    expect(written.map(String)).toEqual(["early"]);
    outbox.bytes(Buffer.from("late"));
    outbox.close();
    await turn();
    outbox.flush();
    expect(written).toHaveLength(1);
  });

  it.each([
    { name: "takes all at once", takes: true },
    { name: "is drained later", takes: false },
  ])("says that there is room again when the socket $name", ({ takes }) => {
    const { outbox, rooms } = start(() => takes);
    outbox.bytes(Buffer.alloc(300_000));
    expect(outbox.isFull).toBe(true);
    outbox.open();
    expect(outbox.isFull).toBe(!takes);
    if (!takes) outbox.drained();
    expect(outbox.isFull).toBe(false);
    expect(rooms()).toBe(1);
  });
});

function start(write: () => boolean = () => true): {
  readonly written: readonly Buffer[];
  readonly outbox: Outbox;
  readonly rooms: () => number;
} {
  const written: Buffer[] = [];
  let rooms = 0;
  const sink = {
    write(bytes: Buffer) {
      written.push(Buffer.from(bytes));
      return write();
    },
  };
  return { written, outbox: new Outbox(sink, () => rooms++), rooms: () => rooms };
}
