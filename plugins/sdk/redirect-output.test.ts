import { Console } from "node:console";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { type OutputHolder, redirectConsole, redirectOutput } from "./redirect-output.ts";

interface Streams {
  readonly stdout: PassThrough;
  readonly stderr: PassThrough;
}

/** The real streams, and what has them as a process has. */
function streams(): { readonly real: Streams; readonly holder: Streams & OutputHolder; readonly opened: string[] } {
  const real = { stdout: new PassThrough(), stderr: new PassThrough() };
  const opened: string[] = [];
  const holder = {} as Streams & OutputHolder;
  for (const name of ["stdout", "stderr"] as const) {
    const get = (): PassThrough => {
      opened.push(name);
      return real[name];
    };
    Object.defineProperty(holder, name, { configurable: true, get });
  }
  return { real, holder, opened };
}
function* chunksOf(stream: PassThrough): Generator<Buffer> {
  for (let chunk = stream.read() as Buffer | null; chunk !== null; chunk = stream.read() as Buffer | null) yield chunk;
}

describe("redirected output", () => {
  it("goes to the sink, with what was printed before it was there", async () => {
    const { real, holder } = streams();
    const output = redirectOutput(holder);
    holder.stdout.write("early ");
    const received: string[] = [];
    output.connect((channel, data) => received.push(`${channel}: ${Buffer.from(data).toString()}`));
    holder.stdout.write(Buffer.from("bytes"));
    holder.stderr.write("c3bc", "hex");
    await new Promise<void>((resolve) => holder.stdout.write("called back", () => resolve()));
    expect(received).toEqual(["stdout: early ", "stdout: bytes", "stderr: ü", "stdout: called back"]);
    expect([real.stdout.read(), real.stderr.read()]).toEqual([null, null]);
  });

  it("leaves the real stderr to the log", () => {
    const { real, holder } = streams();
    const output = redirectOutput(holder);
    output.writeStderr("record\n");
    expect(String(real.stderr.read())).toBe("record\n");
    holder.stderr.write("printed");
    expect(real.stderr.read()).toBe(null);
  });

  it("opens no stream that nobody asks for, and each once", () => {
    const { holder, opened } = streams();
    const output = redirectOutput(holder);
    redirectConsole(new Console(new PassThrough()), holder);
    output.connect(() => {});
    expect(opened).toEqual([]);
    holder.stdout.write("a");
    holder.stdout.write("b");
    expect(opened).toEqual(["stdout"]);
  });

  it("keeps a copy of bytes that their writer changes", () => {
    const { holder } = streams();
    const output = redirectOutput(holder);
    const bytes = Buffer.from("before");
    holder.stdout.write(bytes);
    bytes.fill("x");
    let text = "";
    output.connect((_channel, data) => (text += Buffer.from(data).toString()));
    expect(text).toBe("before");
  });

  it("keeps no more than 64 KiB for a sink that does not come", () => {
    const { holder } = streams();
    const output = redirectOutput(holder);
    for (let round = 0; round < 100; round++) holder.stdout.write("x".repeat(10_000));
    let length = 0;
    output.connect((_channel, data) => (length += data.length));
    expect(length).toBe(60_000);
  });

  it("survives the error of a closed pipe", () => {
    const { holder } = streams();
    redirectOutput(holder);
    expect(() => holder.stderr.emit("error", Object.assign(new Error("EPIPE"), { code: "EPIPE" }))).not.toThrow();
  });

  it("takes a console along that does not print through them", () => {
    const { real, holder } = streams();
    const elsewhere = new PassThrough();
    const console = Object.assign(new Console(elsewhere), { Console });
    redirectConsole(console, holder);
    console.group("of %s", "everything");
    console.log({ a: 1 });
    console.warn("careful");
    const texts = [real.stdout, real.stderr].map((stream) => Buffer.concat([...chunksOf(stream)]).toString());
    expect(texts).toEqual(["of everything\n  { a: 1 }\n", "  careful\n"]);
    expect(elsewhere.read()).toBeNull();
  });
});
