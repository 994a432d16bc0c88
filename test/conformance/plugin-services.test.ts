import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type ClientReadableStream, Metadata } from "@grpc/grpc-js";
import { beforeAll, describe, expect, it } from "vitest";
import { Health } from "../../internal/gen/grpc/health/v1/health_pb.js";
import { GRPCBroker } from "../../internal/gen/plugin/grpc_broker_pb.js";
import { GRPCController } from "../../internal/gen/plugin/grpc_controller_pb.js";
import { GRPCStdio, type StdioData, StdioData_Channel as Channel } from "../../internal/gen/plugin/grpc_stdio_pb.js";
import { createClient } from "../../authoring/plugin-test/grpc/grpc-service.ts";
import { buildTestPlugins, type TestPlugins } from "../helpers/build-once.ts";
import { askOne, failureOf } from "../../authoring/plugin-test/raw-calls.ts";
import type { RawPlugin } from "../../authoring/plugin-test/raw-plugin.ts";
import { until, useRawHost } from "./raw-host.ts";

let plugins: TestPlugins;
beforeAll(async () => {
  plugins = await buildTestPlugins();
});
const host = useRawHost();

function launch(env: Record<string, string> = {}): RawPlugin {
  return host.launch({ file: plugins.file("probe"), env });
}

describe("shutdown", () => {
  it("P18 does not wait for a tearDown() that hangs", async () => {
    const plugin = launch({ PROBE_TEAR_DOWN: "hang" });
    const client = await plugin.connect();
    const began = performance.now();
    await createClient(GRPCController, client).shutdown({});
    expect(await plugin.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it("P19 works while stdio, broker, health and a value are open", async () => {
    const plugin = launch();
    const client = await plugin.connect();
    const ended = [
      endOf(createClient(GRPCStdio, client).streamStdio({})),
      endOf(createClient(GRPCBroker, client).startStream()),
      endOf(createClient(Health, client).watch({ service: "plugin" })),
      failureOf(askOne(client, "hold-until-canceled")),
    ];
    await askOne(client, "echo/all are open now");
    const began = performance.now();
    await createClient(GRPCController, client).shutdown({});
    expect(await plugin.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(1000);
    await Promise.all(ended);
  });
});

describe("stdio", () => {
  it("P20 carries what the application prints, channel by channel, and stays open", async () => {
    const plugin = launch();
    const client = await plugin.connect();
    const stream = createClient(GRPCStdio, client).streamStdio({});
    const printed = collect(stream);
    await askOne(client, "print/5");
    await askOne(client, "complain/3");
    await until(() => printed.stderr.length >= 4);
    expect(printed).toEqual({ stdout: "printed after serve()\nxxxxx\n", stderr: "yyy\n", ended: false });
    await askOne(client, "print/200000");
    await until(() => printed.stdout.length > 200_000);
    expect(printed.ended).toBe(false);
  });

  it("P21 without a reader neither blocks the application nor grows without bound", async () => {
    const plugin = launch();
    const client = await plugin.connect();
    await askOne(client, "print/1000000");
    const before = await residentBytes(plugin.child.pid!);
    for (let round = 0; round < 200; round++) await askOne(client, "print/1000000");
    expect((await residentBytes(plugin.child.pid!)) - before).toBeLessThan(120_000_000);
  });

  it("P32 console.log never reaches fd 1", async () => {
    const plugin = launch();
    const client = await plugin.connect();
    await askOne(client, "print/100000");
    plugin.child.kill("SIGTERM");
    await plugin.exited;
    expect(plugin.stdout).toMatch(/^[^\n]*\n$/);
    expect(plugin.stdout).not.toContain("x".repeat(10));
  });
});

describe("the broker", () => {
  it("P22 accepts and ignores what the host announces, and ends when the host does", async () => {
    const plugin = launch();
    const client = await plugin.connect();
    const stream = createClient(GRPCBroker, client).startStream();
    const received: unknown[] = [];
    stream.on("data", (message) => received.push(message));
    for (let serviceId = 1; serviceId <= 100; serviceId++) {
      stream.write({ serviceId, network: "unix", address: "/nowhere", knock: { knock: serviceId % 2 === 0 } });
    }
    stream.end();
    await once(stream, "end");
    expect(received).toEqual([]);
    expect(await askOne(client, "echo/still here")).toBe("still here");
  });
});

describe("a channel", () => {
  it("P26 may carry metadata that nobody asked for", async () => {
    const client = await launch().connect();
    const metadata = new Metadata();
    metadata.set("x-anything", "y");
    const answer = await new Promise<string>((resolve, reject) => {
      client.makeUnaryRequest(
        "/proto.TokenStore/Value",
        () => Buffer.from([0x0a, 6, ...Buffer.from("echo/a")]),
        (bytes) => bytes.subarray(2).toString(),
        {},
        metadata,
        (error, value) => (error === null ? resolve(value!) : reject(error)),
      );
    });
    expect(answer).toBe("a");
  });
});

/** How a stream that the plugin ends, or breaks off, has ended. */
function endOf(stream: NodeJS.EventEmitter & { resume?: () => unknown }): Promise<unknown> {
  const ended = Promise.race([once(stream, "end"), once(stream, "error")]);
  stream.on("error", () => {});
  stream.on("data", () => {});
  return ended.catch((error: unknown) => error);
}

function collect(stream: ClientReadableStream<StdioData>): { stdout: string; stderr: string; ended: boolean } {
  const printed = { stdout: "", stderr: "", ended: false };
  stream.on("data", ({ channel, data }) => {
    printed[channel === Channel.STDOUT ? "stdout" : "stderr"] += Buffer.from(data).toString();
  });
  stream.on("end", () => (printed.ended = true)).on("error", () => (printed.ended = true));
  return printed;
}

async function residentBytes(processId: number): Promise<number> {
  if (process.platform !== "linux") return 0;
  const [, pages] = (await readFile(`/proc/${processId}/statm`, "utf8")).split(" ");
  return Number(pages) * 4096;
}
