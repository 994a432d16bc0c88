import { Console } from "node:console";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { redirectConsole, redirectOutput, type RedirectableStream } from "./redirect-output.ts";

function streams(): { stdout: PassThrough; stderr: PassThrough } {
  return { stdout: new PassThrough(), stderr: new PassThrough() };
}
const asStream = (stream: PassThrough): RedirectableStream => stream as unknown as RedirectableStream;

describe("redirected output", () => {
  it("goes to the sink, with what was printed before it was there", async () => {
    const { stdout, stderr } = streams();
    const output = redirectOutput(asStream(stdout), asStream(stderr));
    stdout.write("early ");
    const received: string[] = [];
    output.connect((channel, data) => received.push(`${channel}: ${Buffer.from(data).toString()}`));
    stdout.write(Buffer.from("bytes"));
    stderr.write("c3bc", "hex");
    await new Promise<void>((resolve) => stdout.write("called back", () => resolve()));
    expect(received).toEqual(["stdout: early ", "stdout: bytes", "stderr: ü", "stdout: called back"]);
    expect([stdout.read(), stderr.read()]).toEqual([null, null]);
  });

  it("leaves the real streams to the handshake and the log", async () => {
    const { stdout, stderr } = streams();
    const output = redirectOutput(asStream(stdout), asStream(stderr));
    await output.writeStdout("1|2|…\n");
    output.writeStderr("record\n");
    expect(String(stdout.read())).toBe("1|2|…\n");
    expect(String(stderr.read())).toBe("record\n");
  });

  it("keeps a copy of bytes that their writer changes", () => {
    const { stdout, stderr } = streams();
    const output = redirectOutput(asStream(stdout), asStream(stderr));
    const bytes = Buffer.from("before");
    stdout.write(bytes);
    bytes.fill("x");
    let text = "";
    output.connect((_channel, data) => (text += Buffer.from(data).toString()));
    expect(text).toBe("before");
  });

  it("keeps no more than 64 KiB for a sink that does not come", () => {
    const { stdout, stderr } = streams();
    const output = redirectOutput(asStream(stdout), asStream(stderr));
    for (let round = 0; round < 100; round++) stdout.write("x".repeat(10_000));
    let length = 0;
    output.connect((_channel, data) => (length += data.length));
    expect(length).toBe(60_000);
  });

  it("survives the error of a closed pipe", () => {
    const { stdout, stderr } = streams();
    redirectOutput(asStream(stdout), asStream(stderr));
    expect(() => stderr.emit("error", Object.assign(new Error("EPIPE"), { code: "EPIPE" }))).not.toThrow();
  });

  it("takes a console along that does not print through them", () => {
    const { stdout, stderr } = streams();
    const elsewhere = new PassThrough();
    const console = Object.assign(new Console(elsewhere), { Console });
    redirectConsole(console, stdout, stderr);
    console.group("of %s", "everything");
    console.log({ a: 1 });
    console.warn("careful");
    expect([String(stdout.read()), String(stderr.read())]).toEqual(["of everything\n  { a: 1 }\n", "  careful\n"]);
    expect(elsewhere.read()).toBeNull();
  });
});
