import { getEventListeners, once } from "node:events";
import type { Client, Server } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { checkHealth, drainStdio, openBrokerStream, requestShutdown } from "../../test/helpers/goplugin-peer.ts";
import { addService, type OwnServed, serveOwn, servePeer } from "../../test/helpers/grpc-pair.ts";
import { createClient } from "../../authoring/plugin-test/grpc/grpc-service.ts";
import {
  Health,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus as Serving,
} from "../gen/grpc/health/v1/health_pb.js";
import { type ConnInfo, GRPCBroker } from "../gen/plugin/grpc_broker_pb.js";
import { GRPCController } from "../gen/plugin/grpc_controller_pb.js";
import { GRPCStdio, StdioData_Channel as Channel } from "../gen/plugin/grpc_stdio_pb.js";
import { createBrokerService } from "./broker.ts";
import { createControllerService } from "./controller.ts";
import type { GrpcServer } from "./grpc/server.ts";
import type { ServerCall } from "./grpc/server-call.ts";
import { createHealthService } from "./health.ts";
import { addMethods } from "./plugin-services.ts";
import { createStdioService, type StdioChannel, type StdioService } from "./stdio.ts";

const nothing = (): Promise<OwnServed> => serveOwn(() => {});

/** A client to an address where nobody listens any more. */
async function connectToNobody(): Promise<Client> {
  const { client, server } = await servePeer(() => {});
  server.forceShutdown();
  return client;
}

describe("the controller", () => {
  it("answers, then shuts the plugin down, once", async () => {
    let shutdowns = 0;
    const { client } = await startController(() => void shutdowns++);
    expect(await Promise.all([requestShutdown(client, 5000), requestShutdown(client, 5000)])).toEqual([
      "answered",
      "answered",
    ]);
    expect(shutdowns).toBe(1);
  });

  it("gets its answer out before a graceful shutdown ends the server", async () => {
    const ended: string[] = [];
    const { client } = await startController((server) => void server.shutDown().then(() => ended.push("server")));
    expect(await requestShutdown(client, 5000)).toBe("answered");
    client.close();
    await expect.poll(() => ended).toEqual(["server"]);
  });

  it.each<{ name: string; expected: string; serve: (server: Server) => void }>([
    { name: "a plugin that has none", expected: "unsupported", serve: () => {} },
    {
      name: "a plugin that drops the connection, as Go's do",
      expected: "dropped",
      serve: (server) => addService(server, GRPCController, { shutdown: () => server.forceShutdown() }),
    },
    {
      name: "a plugin that hangs in it",
      expected: "unanswered",
      serve: (server) => addService(server, GRPCController, { shutdown: () => {} }),
    },
    {
      name: "a plugin that fails in it",
      expected: "dropped",
      serve: (server) =>
        addService(server, GRPCController, { shutdown: (_call, callback) => callback(new Error("no")) }),
    },
  ])("does not reject for $name", async ({ expected, serve }) => {
    const { client } = await servePeer(serve);
    expect(await requestShutdown(client, 300)).toBe(expected);
  });

  it("does not reject for a plugin that is gone", async () => {
    expect(await requestShutdown(await connectToNobody(), 5000)).toBe("dropped");
  });

  it("gives up with its signal", async () => {
    const { client } = await servePeer((server) => addService(server, GRPCController, { shutdown: () => {} }));
    expect(await requestShutdown(client, 60_000, AbortSignal.abort())).toBe("unanswered");
  });
});

describe("health", () => {
  it("says that go-plugin's two names are serving and others are unknown", async () => {
    const { client } = await serveOwn((server) => addMethods(server, createHealthService().methods));
    expect(await checkHealth(client, 5000)).toBe("serving");
    const { check } = createClient(Health, client);
    expect((await check({ service: "" })).status).toBe(Serving.SERVING);
    await expect(check({ service: "other" })).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details: "unknown service",
    });
  });

  it.each([
    { name: "serving", service: "plugin", expected: Serving.SERVING },
    { name: "unknown", service: "other", expected: Serving.SERVICE_UNKNOWN },
  ])("tells a watcher $name and stays open until the plugin ends", async ({ service, expected }) => {
    const health = createHealthService();
    const { client } = await serveOwn((server) => addMethods(server, health.methods));
    const call = createClient(Health, client).watch({ service });
    const response = await new Promise<HealthCheckResponse>((resolve) => void call.once("data", resolve));
    expect(response.status).toBe(expected);
    health.end();
    await once(call, "end");
  });

  it("is well without the service, and where only another name is registered", async () => {
    expect(await checkHealth((await nothing()).client, 5000)).toBe("unknown");
    const { client } = await serveOwn((server) => addMethods(server, createHealthService(["x"]).methods));
    expect(await checkHealth(client, 5000)).toBe("unknown");
  });

  it("tells a plugin that is not serving apart", async () => {
    const { client } = await servePeer((server) =>
      addService(server, Health, {
        check: (_call, callback) => callback(null, { status: Serving.NOT_SERVING }),
        watch: (call) => call.end(),
      }),
    );
    expect(await checkHealth(client, 5000)).toBe("not-serving");
  });

  it("rejects with the reason when nobody listens, and in time when nobody answers", async () => {
    const gone = { code: status.UNAVAILABLE, details: expect.stringContaining("ENOENT") };
    await expect(checkHealth(await connectToNobody(), 5000)).rejects.toMatchObject(gone);
    const { client } = await servePeer((server) => addService(server, Health, { check: () => {}, watch: () => {} }));
    await expect(checkHealth(client, 100)).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
  });
});

describe("the broker", () => {
  it("takes announcements it does not know and ends when the host closes", async () => {
    const { client } = await serveOwn((server) => addMethods(server, createBrokerService().methods));
    const call = createClient(GRPCBroker, client).startStream();
    const answers: ConnInfo[] = [];
    call.on("data", (info: ConnInfo) => answers.push(info));
    call.write({ serviceId: 7, network: "unix", address: "/nowhere" });
    call.write({ serviceId: 8, knock: { knock: true } });
    call.end();
    await once(call, "end");
    expect(answers).toEqual([]);
  });

  it("keeps the stream until the signal, and leaves no listener", async () => {
    const { client } = await serveOwn((server) => addMethods(server, createBrokerService().methods));
    const controller = new AbortController();
    const ended = openBrokerStream(client, controller.signal);
    // Another call has gone and come, so the stream has been open.
    await checkHealth(client, 5000);
    controller.abort();
    expect(await ended).toEqual({ reason: "closed" });
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  it("ends its open streams for a graceful shutdown", async () => {
    const broker = createBrokerService();
    const { client, server } = await serveOwn((server) => addMethods(server, broker.methods));
    const ended = openBrokerStream(client, new AbortController().signal);
    await checkHealth(client, 5000);
    const shutDown = server.shutDown();
    broker.end();
    expect(await ended).toEqual({ reason: "closed" });
    client.close();
    await shutDown;
  });

  it("outlives a host that goes away in the middle", async () => {
    const broker = createBrokerService();
    let there: ServerCall | undefined;
    const { client, connect } = await serveOwn((server) => {
      for (const [path, handler] of Object.entries(broker.methods)) {
        server.handle(path as `/${string}/${string}`, (call) => {
          there = call;
          return handler(call);
        });
      }
    });
    const controller = new AbortController();
    const ended = openBrokerStream(client, controller.signal);
    await checkHealth(client, 5000);
    controller.abort();
    await ended;
    await expect.poll(() => there?.isOver).toBe(true);
    expect(await checkHealth(connect(), 5000)).toBe("unknown");
    broker.end();
  });

  it.each<{ name: string; expected: object; serve: (server: Server) => void }>([
    { name: "is missing", expected: { reason: "unsupported" }, serve: () => {} },
    {
      name: "ends the stream at once",
      expected: { reason: "closed" },
      serve: (server) => addService(server, GRPCBroker, { startStream: (call) => call.end() }),
    },
    {
      name: "fails",
      expected: { reason: "failed", code: status.DATA_LOSS, details: "oh" },
      serve: (server) =>
        addService(server, GRPCBroker, {
          startStream: (call) => void call.emit("error", { code: status.DATA_LOSS, details: "oh" }),
        }),
    },
  ])("does not reject when it $name", async ({ expected, serve }) => {
    const { client } = await servePeer(serve);
    expect(await openBrokerStream(client, new AbortController().signal)).toEqual(expected);
  });
});

describe("stdio", () => {
  it("carries what was printed before and after the host came, by channel and in order", async () => {
    const stdio = createStdioService();
    const { client } = await startStdio(stdio);
    stdio.write("stdout", Buffer.from("before "));
    const read = readStdio(client);
    await checkHealth(client, 5000);
    stdio.write("stderr", Buffer.from("oops"));
    stdio.write("stdout", Buffer.from("after"));
    stdio.end();
    stdio.write("stdout", Buffer.from("too late"));
    expect(await read.ended).toEqual({ reason: "closed" });
    expect(read.text()).toEqual({ stdout: "before after", stderr: "oops" });
    expect(stdio.droppedBytes()).toBe(0);
  });

  it("carries 10 MiB in small messages to a host that reads", async () => {
    const stdio = createStdioService({ maxBufferedBytes: 32 * 1024 * 1024 });
    const { client } = await startStdio(stdio);
    const sizes: number[] = [];
    const ended = drainStdio(client, (_channel, data) => sizes.push(data.length), new AbortController().signal);
    stdio.write("stdout", Buffer.alloc(10 * 1024 * 1024, "x"));
    await expect.poll(() => sizes.reduce((sum, size) => sum + size, 0)).toBe(10 * 1024 * 1024);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(32 * 1024);
    stdio.end();
    await ended;
  });

  it("keeps the newest within its bound while nobody reads", async () => {
    const stdio = createStdioService({ maxBufferedBytes: 1000 });
    for (let line = 0; line < 1000; line++) stdio.write("stdout", Buffer.from(`${line}\n`.padStart(10)));
    expect(stdio.droppedBytes()).toBe(9000);
    const { client } = await startStdio(stdio);
    const read = readStdio(client);
    await checkHealth(client, 5000);
    stdio.end();
    await read.ended;
    const lines = read.text().stdout.trim().split(/\s+/);
    expect(lines).toEqual(Array.from({ length: 100 }, (_, index) => String(900 + index)));
  });

  it("copies what is written, for the caller may use its buffer again", async () => {
    const stdio = createStdioService();
    const buffer = Buffer.from("first");
    stdio.write("stdout", buffer);
    buffer.fill("x");
    const { client } = await startStdio(stdio);
    const read = readStdio(client);
    await checkHealth(client, 5000);
    stdio.end();
    await read.ended;
    expect(read.text().stdout).toBe("first");
  });

  it("goes on with the next host when one is gone", async () => {
    const stdio = createStdioService();
    const { client, connect } = await startStdio(stdio);
    const first = readStdio(client);
    await checkHealth(client, 5000);
    first.stop();
    await first.ended;
    // The cancellation has to arrive: the connection is ordered, so a later answer comes after it.
    await checkHealth(client, 5000);
    stdio.write("stdout", Buffer.from("for the next"));
    const second = readStdio(connect());
    await expect.poll(() => second.text().stdout).toBe("for the next");
    expect(first.text().stdout).toBe("");
    stdio.end();
    await second.ended;
  });

  it("ends the stream of one reader when another comes", async () => {
    const stdio = createStdioService();
    const { client, connect } = await startStdio(stdio);
    const first = readStdio(client);
    await checkHealth(client, 5000);
    const second = readStdio(connect());
    expect(await first.ended).toEqual({ reason: "closed" });
    stdio.write("stderr", Buffer.from("x"));
    await expect.poll(() => second.text().stderr).toBe("x");
    stdio.end();
  });

  it("ends with the signal and leaves no listener", async () => {
    const stdio = createStdioService();
    const { client } = await startStdio(stdio);
    const controller = new AbortController();
    const ended = drainStdio(client, () => {}, controller.signal);
    await checkHealth(client, 5000);
    controller.abort();
    expect(await ended).toEqual({ reason: "closed" });
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  it("skips data of a channel it does not know", async () => {
    const { client } = await servePeer((server) =>
      addService(server, GRPCStdio, {
        streamStdio(call) {
          call.write({ channel: Channel.INVALID, data: Buffer.from("?") });
          call.write({ channel: Channel.STDOUT, data: Buffer.from("!") });
          call.end();
        },
      }),
    );
    const read = readStdio(client);
    await read.ended;
    expect(read.text()).toEqual({ stdout: "!", stderr: "" });
  });

  it("does not reject when the plugin has no such service, or goes away", async () => {
    const signal = new AbortController().signal;
    expect(await drainStdio((await nothing()).client, () => {}, signal)).toEqual({ reason: "unsupported" });
    expect(await drainStdio(await connectToNobody(), () => {}, signal)).toEqual({ reason: "closed" });
    const { client, server } = await startStdio(createStdioService());
    const ended = drainStdio(client, () => {}, signal);
    await checkHealth(client, 5000);
    server.destroy();
    expect(await ended).toEqual({ reason: "closed" });
  });
});

function startController(onShutdown: (server: GrpcServer) => void): Promise<OwnServed> {
  return serveOwn((server) => addMethods(server, createControllerService(() => onShutdown(server)).methods));
}

function startStdio(stdio: StdioService): Promise<OwnServed> {
  return serveOwn((server) => addMethods(server, stdio.methods));
}

interface StdioRead {
  readonly ended: ReturnType<typeof drainStdio>;
  readonly text: () => Record<StdioChannel, string>;
  readonly stop: () => void;
}

function readStdio(client: Client): StdioRead {
  const text = { stdout: "", stderr: "" };
  const controller = new AbortController();
  const ended = drainStdio(
    client,
    (channel, data) => {
      text[channel] += Buffer.from(data).toString();
    },
    controller.signal,
  );
  return { ended, text: () => ({ ...text }), stop: () => controller.abort() };
}
