import { getEventListeners } from "node:events";
import { type ServerDuplexStream, type ServerUnaryCall, type ServiceError, status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { addService, startGrpcPair } from "../../test/helpers/grpc-pair.ts";
import {
  type GetValuesRequest,
  type GetValuesResponse,
  type ListValuesResponse,
  TokenStoreService,
} from "../gen/configmanager/plugin/v2/token_store_pb.js";
import { TokenStore, type TokenValueRequest } from "../gen/proto/token_store_pb.js";
import { createClient, type ServiceHandlers, toServiceDefinition } from "./grpc-service.ts";

type StoreHandlers = ServiceHandlers<(typeof TokenStoreService)["method"]>;

const notThere: StoreHandlers = {
  describe: (_call, callback) => callback({ code: status.UNIMPLEMENTED }),
  configure: (_call, callback) => callback({ code: status.UNIMPLEMENTED }),
  putValue: (_call, callback) => callback({ code: status.UNIMPLEMENTED }),
  getValues: (call) => call.end(),
  listValues: (call) => call.end(),
};

// Answers every request of a message in one message.
function echoValues(call: ServerDuplexStream<GetValuesRequest, unknown>): void {
  call.on("data", ({ requests }: GetValuesRequest) => {
    const results = requests.map(({ id, path }) => ({
      id,
      result: { case: "value" as const, value: { data: Buffer.from(path) } },
    }));
    if (!call.write({ results })) {
      call.pause();
      call.once("drain", () => call.resume());
    }
  });
  call.on("end", () => call.end());
}

describe("toServiceDefinition", () => {
  it("has the paths and kinds of the wire", () => {
    const { value } = toServiceDefinition(TokenStore);
    expect(value).toMatchObject({ path: "/proto.TokenStore/Value", requestStream: false, responseStream: false });
    const { getValues, listValues } = toServiceDefinition(TokenStoreService);
    const service = "/configmanager.plugin.v2.TokenStoreService";
    expect(getValues).toMatchObject({ path: `${service}/GetValues`, requestStream: true, responseStream: true });
    expect(listValues).toMatchObject({ path: `${service}/ListValues`, requestStream: false, responseStream: true });
  });
});

describe("a unary call", () => {
  it("carries messages given as plain fields, also beyond 4 MiB", async () => {
    const large = "x".repeat(6 * 1024 * 1024);
    const { client } = await startGrpcPair((server) =>
      addService(server, TokenStore, {
        value: (call, callback) => callback(null, { value: `${call.request.token}${call.request.metadata.length}` }),
      }),
    );
    const { value } = createClient(TokenStore, client);
    expect(await value({ token: "a" })).toMatchObject({ $typeName: "proto.TokenValueResponse", value: "a0" });
    expect((await value({ token: large, metadata: Buffer.from(large) })).value).toBe(`${large}${large.length}`);
  });

  it("rejects with gRPC's error, its text whole", async () => {
    const text = "erste Zeile\nzweite → ✓";
    const { client } = await startGrpcPair((server) =>
      addService(server, TokenStore, {
        value: (_call, callback) => callback({ code: status.NOT_FOUND, details: text }),
      }),
    );
    const failed = createClient(TokenStore, client).value({ token: "a" });
    await expect(failed).rejects.toMatchObject({ code: status.NOT_FOUND, details: text });
  });

  it("ends with its deadline", async () => {
    const { client } = await startGrpcPair((server) => addService(server, TokenStore, { value: () => {} }));
    const failed = createClient(TokenStore, client).value({ token: "a" }, { deadlineMs: 50 });
    await expect(failed).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
  });

  it("ends with its signal, there and here, and leaves no listener", async () => {
    const arrived = deferred<ServerUnaryCall<TokenValueRequest, unknown>>();
    const { client } = await startGrpcPair((server) =>
      addService(server, TokenStore, { value: (call) => arrived.resolve(call) }),
    );
    const controller = new AbortController();
    const failed = createClient(TokenStore, client).value({ token: "a" }, { signal: controller.signal });
    const call = await arrived.promise;
    const canceled = new Promise((resolve) => void call.once("cancelled", resolve));
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(failed).rejects.toBe(reason);
    await canceled;
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  it("is not made when its signal is aborted already", async () => {
    let calls = 0;
    const { client } = await startGrpcPair((server) => addService(server, TokenStore, { value: () => void calls++ }));
    const reason = new Error("enough");
    await expect(createClient(TokenStore, client).value({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect(calls).toBe(0);
  });

  it("shares one listener of its signal with 10,000 others, which all come through", async () => {
    const { client } = await startGrpcPair((server) =>
      addService(server, TokenStore, { value: (call, callback) => callback(null, { value: call.request.token }) }),
    );
    const { signal } = new AbortController();
    const { value } = createClient(TokenStore, client);
    await value({ token: "connects" });
    const calls = Array.from({ length: 10_000 }, (_, index) => value({ token: String(index) }, { signal }));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    const answers = await Promise.all(calls);
    expect(answers.every((answer, index) => answer.value === String(index))).toBe(true);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("fails at once when the plugin is gone, and again later", async () => {
    const { client, server } = await startGrpcPair((server) =>
      addService(server, TokenStore, { value: (call, callback) => callback(null, { value: call.request.token }) }),
    );
    const { value } = createClient(TokenStore, client);
    await value({ token: "a" });
    const channel = client.getChannel();
    const lost = new Promise((resolve) =>
      channel.watchConnectivityState(channel.getConnectivityState(false), Infinity, resolve),
    );
    server.forceShutdown();
    await lost;
    await expect(value({ token: "b" }, { deadlineMs: 10_000 })).rejects.toMatchObject({ code: status.UNAVAILABLE });
    await expect(value({ token: "c" }, { deadlineMs: 10_000 })).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });
});

describe("a bidirectional stream", () => {
  it("carries 10,000 values that are written before the connection is there", async () => {
    const { client } = await startGrpcPair((server) =>
      addService(server, TokenStoreService, { ...notThere, getValues: echoValues }),
    );
    const call = createClient(TokenStoreService, client).getValues();
    const ids = new Set<bigint>();
    const done = new Promise<void>((resolve, reject) => {
      call.on("data", ({ results }: GetValuesResponse) => results.forEach(({ id }) => ids.add(id)));
      call.once("end", resolve).once("error", reject);
    });
    // 2 MiB: beyond what grpc-js would keep for retries.
    const path = "p".repeat(200);
    for (let first = 0; first < 10_000; first += 250) {
      const requests = Array.from({ length: 250 }, (_, index) => ({ id: BigInt(first + index), path }));
      await new Promise<void>((resolve) => void call.write({ requests }, () => resolve()));
    }
    call.end();
    await done;
    expect(ids.size).toBe(10_000);
  });

  it("ends with its signal, there and here, and leaves no listener", async () => {
    const arrived = deferred<ServerDuplexStream<GetValuesRequest, unknown>>();
    const { client } = await startGrpcPair((server) =>
      addService(server, TokenStoreService, { ...notThere, getValues: (call) => arrived.resolve(call) }),
    );
    const controller = new AbortController();
    const call = createClient(TokenStoreService, client).getValues({ signal: controller.signal });
    const failed = new Promise<ServiceError>((resolve) => void call.once("error", resolve));
    call.resume();
    const there = await arrived.promise;
    const canceled = new Promise((resolve) => void there.once("cancelled", resolve));
    controller.abort();
    expect((await failed).code).toBe(status.CANCELLED);
    await canceled;
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  it("leaves no listener when it ends by itself", async () => {
    const { client } = await startGrpcPair((server) => addService(server, TokenStoreService, notThere));
    const { signal } = new AbortController();
    const call = createClient(TokenStoreService, client).getValues({ signal });
    const ended = new Promise((resolve) => void call.once("status", resolve));
    call.resume();
    await ended;
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("is canceled when its signal is aborted already", async () => {
    const { client } = await startGrpcPair((server) => addService(server, TokenStoreService, notThere));
    const call = createClient(TokenStoreService, client).getValues({ signal: AbortSignal.abort() });
    call.resume();
    const error = await new Promise<ServiceError>((resolve) => void call.once("error", resolve));
    expect(error.code).toBe(status.CANCELLED);
  });
});

describe("a server stream", () => {
  it("carries its messages in order", async () => {
    const { client } = await startGrpcPair((server) =>
      addService(server, TokenStoreService, {
        ...notThere,
        listValues(call) {
          for (const name of ["a", "b", "c"]) call.write({ values: [{ path: `${call.request.path}/${name}` }] });
          call.end();
        },
      }),
    );
    const paths: string[] = [];
    const call = createClient(TokenStoreService, client).listValues({ path: "/x" });
    for await (const { values } of call as AsyncIterable<ListValuesResponse>)
      paths.push(...values.map(({ path }) => path));
    expect(paths).toEqual(["/x/a", "/x/b", "/x/c"]);
  });
});

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((take) => {
    resolve = take;
  });
  return { promise, resolve };
}
