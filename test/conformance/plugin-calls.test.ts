import { once } from "node:events";
import { status } from "@grpc/grpc-js";
import { beforeAll, describe, expect, it } from "vitest";
import { Code } from "../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { buildTestPlugins, type TestPlugins } from "../helpers/build-once.ts";
import { askOne, askStream, failureOf, protocol1, protocol2 } from "../../authoring/plugin-test/raw-calls.ts";
import type { RawPlugin } from "../../authoring/plugin-test/raw-plugin.ts";
import { until, useRawHost } from "./raw-host.ts";

let plugins: TestPlugins;
beforeAll(async () => {
  plugins = await buildTestPlugins();
});
const host = useRawHost();

function launch(name: string, versions: string, env: Record<string, string> = {}): RawPlugin {
  return host.launch({ file: plugins.file(name), env: { PLUGIN_PROTOCOL_VERSIONS: versions, ...env } });
}

describe("values on protocol 1", () => {
  it("P27 calls are served beside each other, each with its own answer", async () => {
    const client = await launch("probe", "1").connect();
    const calls = [
      askOne(client, "together/3"),
      askOne(client, "throw/alone"),
      askOne(client, "together/3"),
      askOne(client, "echo/own"),
      askOne(client, "together/3"),
    ];
    const answers = await Promise.allSettled(calls);
    expect(answers.map((answer) => (answer.status === "fulfilled" ? answer.value : "failed"))).toEqual([
      "met",
      "failed",
      "met",
      "own",
      "met",
    ]);
  });

  it.each(["throw", "reject"])(
    "P28 what a handler %ss is UNKNOWN with its message, and the process survives",
    async (way) => {
      const client = await launch("probe", "1").connect();
      const failure = await failureOf(askOne(client, `${way}/line one\nline two: größer`));
      expect([failure.code, failure.details]).toEqual([status.UNKNOWN, "line one\nline two: größer"]);
      expect(await askOne(client, "echo/alive")).toBe("alive");
    },
  );

  it("P29 messages are cut to 8 KiB of valid UTF-8", async () => {
    const client = await launch("probe", "1").connect();
    const { details } = await failureOf(askOne(client, "long-error/100001"));
    expect(Buffer.byteLength(details)).toBeLessThanOrEqual(8192);
    expect(Buffer.byteLength(details)).toBeGreaterThan(8180);
    expect(details).toMatch(/^ü+…$/);
    expect((await failureOf(askOne(client, "surrogate"))).details).toBe("half \ufffd of it");
  });

  it("P30 takes a request and sends a response of more than 4 MiB", async () => {
    const client = await launch("probe", "1").connect();
    const text = "z".repeat(6 * 1024 * 1024);
    expect((await askOne(client, `echo/${text}`)) === text).toBe(true);
  });

  it.each([
    ["missing/a", status.NOT_FOUND, '"a" was not found'],
    ["denied", status.PERMISSION_DENIED, "may not be read"],
    ["busy", status.UNAVAILABLE, "too many requests"],
    ["bad", status.INVALID_ARGUMENT, "no such form"],
    ["undefined", status.UNKNOWN, "value() returned undefined"],
    ["bytes/ff", status.UNKNOWN, "value is not valid UTF-8 text"],
    [
      "large/67108865",
      status.OUT_OF_RANGE,
      "value has 67108865 bytes, more than the 67108864 that a plugin hands over",
    ],
  ])("%s fails with code %i and says: %s", async (path, code, message) => {
    const client = await launch("probe", "1").connect();
    const failure = await failureOf(askOne(client, path));
    expect([failure.code, failure.details]).toEqual([code, message]);
  });

  it.each([
    ["", {}],
    ["{}", {}],
    ['{"version":"3"}', { Version: "3" }],
    ['{"VERSION":"3","Region":"eu"}', { Version: "3", region: "eu" }],
    ["version=3", { Version: "3" }],
    ["version=3, region=arn:aws:iam::1:role/x=y", { Version: "3", region: "arn:aws:iam::1:role/x=y" }],
    ["version:3", {}],
  ])("metadata %j is read as %j", async (metadata, expected) => {
    const client = await launch("probe", "1").connect();
    expect(JSON.parse(await askOne(client, "metadata", metadata))).toEqual(expected);
  });

  it.each([
    ['{"versoin":"3"}', 'metadata key "versoin" is not known'],
    ["versoin=3", 'metadata key "versoin" is not known'],
    ['{"__proto__":"3"}', 'metadata key "__proto__" is not known'],
    ['{"version":', "metadata begins like a JSON object and is none"],
    ['{"version":{}}', 'metadata key "version" holds no text'],
  ])("metadata %j is a bad request", async (metadata, message) => {
    const client = await launch("probe", "1").connect();
    const failure = await failureOf(askOne(client, "metadata", metadata));
    expect([failure.code, failure.details]).toEqual([status.INVALID_ARGUMENT, message]);
  });

  it("metadata that is not UTF-8 is a bad request", async () => {
    const client = await launch("probe", "1").connect();
    const call = protocol1(client).value({ token: "metadata", metadata: Uint8Array.of(0xff) });
    expect((await failureOf(call)).code).toBe(status.INVALID_ARGUMENT);
  });

  it("calls that arrive together reach a store of several values together", async () => {
    const client = await launch("batch", "1").connect();
    await askOne(client, "warm");
    const paths = Array.from({ length: 50 }, (_, index) => `p${index}`);
    const answers = await Promise.all(paths.map((path) => askOne(client, path)));
    const sizes = answers.map((answer) => Number(/ of ([0-9]+)$/.exec(answer)?.[1]));
    // How many arrive in one turn is the kernel's choice; alone they are not.
    expect(Math.max(...sizes)).toBeGreaterThan(10);
  });

  it("a canceled call aborts its signal", async () => {
    const client = await launch("probe", "1").connect();
    const abort = new AbortController();
    const call = protocol1(client).value({ token: "hold-until-canceled" }, { signal: abort.signal });
    await askOne(client, "echo/it has begun");
    abort.abort(new Error("no longer wanted"));
    await expect(call).rejects.toThrow("no longer wanted");
    while ((await askOne(client, "cancellations")) !== "1");
  });

  it("a failed setUp() is the error of each value", async () => {
    const client = await launch("probe", "1", { PROBE_SET_UP: "fail" }).connect();
    const failure = await failureOf(askOne(client, "echo/hello"));
    expect([failure.code, failure.details]).toEqual([
      status.UNKNOWN,
      "failed to initialize the client: no credentials",
    ]);
  });

  it("values wait for setUp()", async () => {
    const client = await launch("probe", "1", { PROBE_SET_UP: "slow" }).connect();
    expect(await askOne(client, "echo/hello")).toBe("hello");
  });
});

describe("values on protocol 2", () => {
  it("come with version and expiry, or with code, message, hint and wait", async () => {
    const client = await launch("probe", "2").connect();
    const paths = ["echo/a", "empty", "versioned/b", "bytes/ff00", "missing/c", "busy", "throw/d", "undefined"];
    const results = await askStream(
      client,
      paths.map((path) => ({ path })),
    );
    expect(results.get("echo/a")).toMatchObject({ case: "value", value: { data: bytes("a"), version: "" } });
    expect(results.get("empty")).toMatchObject({ case: "value", value: { data: new Uint8Array() } });
    expect(results.get("bytes/ff00")).toMatchObject({ case: "value", value: { data: Buffer.of(0xff, 0) } });
    expect(results.get("versioned/b")).toMatchObject({
      case: "value",
      value: { data: bytes("b"), version: "7", expiresAt: { seconds: 1_893_553_445n, nanos: 678_000_000 } },
    });
    expect(results.get("missing/c")).toMatchObject({
      case: "error",
      value: { code: Code.NOT_FOUND, message: '"c" was not found', hint: "look elsewhere" },
    });
    expect(results.get("busy")).toMatchObject({
      case: "error",
      value: { code: Code.UNAVAILABLE, message: "too many requests", retryAfter: { seconds: 1n, nanos: 500_000_000 } },
    });
    expect(results.get("throw/d")).toMatchObject({ case: "error", value: { code: Code.UNKNOWN, message: "d" } });
    expect(results.get("undefined")).toMatchObject({
      case: "error",
      value: { message: "value() returned undefined", hint: "return notFound(path) when there is no value" },
    });
  });

  it("an unknown metadata key fails its request alone, with the nearest key as the hint", async () => {
    const client = await launch("probe", "2").connect();
    const results = await askStream(client, [
      { path: "metadata", metadata: { VERSION: "3" } },
      { path: "echo/a", metadata: { regoin: "eu" } },
    ]);
    expect(results.get("metadata")).toMatchObject({ case: "value", value: { data: bytes('{"Version":"3"}') } });
    expect(results.get("echo/a")).toMatchObject({
      case: "error",
      value: {
        code: Code.INVALID_ARGUMENT,
        message: 'metadata key "regoin" is not known',
        hint: 'did you mean "region"?',
      },
    });
  });

  it("a value of 64 MiB is handed over, one byte more is an error that says its size", async () => {
    const client = await launch("probe", "2").connect();
    const results = await askStream(client, [{ path: "large/67108864" }, { path: "large/67108865" }]);
    const large = results.get("large/67108864");
    expect(large?.case === "value" ? large.value.data.length : large).toBe(67_108_864);
    expect(results.get("large/67108865")).toMatchObject({
      case: "error",
      value: {
        code: Code.OUT_OF_RANGE,
        message: "value has 67108865 bytes, more than the 67108864 that a plugin hands over",
      },
    });
  });

  it("10,000 values are each answered once, in few messages", async () => {
    const client = await launch("probe", "2").connect();
    const call = protocol2(client).getValues();
    const seen = new Set<bigint>();
    const sizes: number[] = [];
    call.on("data", ({ results }) => {
      sizes.push(results.length);
      for (const { id, result } of results)
        if (Buffer.from(result.value?.data ?? []).toString() === `${id}`) seen.add(id);
    });
    for (let first = 0; first < 10_000; first += 250) {
      call.write({
        requests: Array.from({ length: 250 }, (_, index) => ({
          id: BigInt(first + index),
          path: `echo/${first + index}`,
        })),
      });
    }
    call.end();
    await once(call, "end");
    expect(seen.size).toBe(10_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256);
    expect(sizes.length).toBeLessThan(200);
  });

  it("an answer goes out at once while the stream stays open", async () => {
    const client = await launch("probe", "2").connect();
    const call = protocol2(client).getValues();
    for (const path of ["echo/a", "echo/b"]) {
      call.write({ requests: [{ id: 2n ** 64n - 1n, path }] });
      const [{ results }] = (await once(call, "data")) as [{ results: readonly { id: bigint }[] }];
      expect(results).toMatchObject([{ id: 2n ** 64n - 1n }]);
    }
    call.end();
    await once(call.resume(), "end");
  });

  it("no more calls of value() are pending than the store allows, 16 unless set", async () => {
    const client = await launch("probe", "2").connect();
    const call = protocol2(client).getValues();
    call.on("data", () => {});
    call.write({ requests: Array.from({ length: 200 }, (_, index) => ({ id: BigInt(index), path: "concurrency" })) });
    call.end();
    await once(call, "end");
    const results = await askStream(client, [{ path: "most-running" }]);
    expect(results.get("most-running")).toMatchObject({ case: "value", value: { data: bytes("16") } });
  });

  it("a canceled stream aborts the signal of its values", async () => {
    const client = await launch("probe", "2").connect();
    const abort = new AbortController();
    const call = protocol2(client).getValues({ signal: abort.signal });
    call.on("error", () => {});
    call.write({ requests: [1n, 2n, 3n].map((id) => ({ id, path: "hold-until-canceled" })) });
    await askStream(client, [{ path: "echo/it has begun" }]);
    abort.abort();
    let count = "";
    while (count !== "3") {
      const result = (await askStream(client, [{ path: "cancellations" }])).get("cancellations");
      count = result?.case === "value" ? Buffer.from(result.value.data).toString() : "";
    }
  });

  it("a store of several values sees all of one message, and what it forgets or throws is an error", async () => {
    const client = await launch("batch", "2").connect();
    const together = await askStream(
      client,
      ["a", "b", "missing", "forget"].map((path) => ({ path })),
    );
    expect(together.get("a")).toMatchObject({ case: "value", value: { data: bytes("a of 4") } });
    expect(together.get("b")).toMatchObject({ case: "value", value: { data: bytes("b of 4") } });
    expect(together.get("missing")).toMatchObject({ case: "error", value: { code: Code.NOT_FOUND } });
    expect(together.get("forget")).toMatchObject({
      case: "error",
      value: { code: Code.UNKNOWN, message: "values() ended without an answer to this request" },
    });
    const broken = await askStream(
      client,
      ["a", "throw", "b"].map((path) => ({ path })),
    );
    expect(broken.get("b")).toMatchObject({ case: "value" });
    expect(broken.get("a")).toMatchObject({ case: "error", value: { code: Code.UNKNOWN, message: "the batch broke" } });
  });
});

describe("the other calls of protocol 2", () => {
  it("Describe says what the store's author has said", async () => {
    const client = await launch("probe", "2").connect();
    expect(await protocol2(client).describe({})).toMatchObject({
      prefix: "PROBE",
      version: "1.2.3",
      summary: "does what its path says",
      pathForm: "<behaviour>/<argument>",
      metadataKeys: [
        { name: "Version", description: "which version", required: false },
        { name: "region", description: "where", required: false },
      ],
      anyMetadata: false,
      optionKeys: [{ name: "color" }, { name: "size" }],
      canPut: true,
      canList: true,
    });
  });

  it("Configure hands options to the store, once", async () => {
    const client = await launch("probe", "2").connect();
    await protocol2(client).configure({ options: { color: "red", size: [1, null] } });
    const results = await askStream(client, [{ path: "options" }]);
    const seen = '{"color":"red","size":[1,null]}';
    expect(results.get("options")).toMatchObject({
      case: "value",
      value: { data: bytes(`configured ${seen} ${seen}`) },
    });
    const again = await failureOf(protocol2(client).configure({ options: { color: "blue" } }));
    expect(again.code).toBe(status.INVALID_ARGUMENT);
  });

  it.each([
    [{ colour: "red" }, 'option "colour" is not known'],
    [{ color: "invisible" }, 'option "color" cannot be "invisible"'],
  ])("Configure refuses %j and names the option", async (options, message) => {
    const client = await launch("probe", "2").connect();
    const failure = await failureOf(protocol2(client).configure({ options }));
    expect([failure.code, failure.details]).toEqual([status.INVALID_ARGUMENT, message]);
  });

  it("PutValue writes and ListValues lists", async () => {
    const client = protocol2(await launch("probe", "2").connect());
    expect(await client.putValue({ path: "a/b", data: bytes("1") })).toMatchObject({ version: "1" });
    expect(await client.putValue({ path: "a/b/c", data: bytes("2"), createOnly: true })).toMatchObject({
      version: "2",
    });
    const failure = await failureOf(client.putValue({ path: "a/b", data: bytes("3"), createOnly: true }));
    expect([failure.code, failure.details]).toEqual([status.UNKNOWN, "there already"]);

    expect(await list({ path: "a", recursive: false })).toEqual([["a/b", "1"]]);
    expect(await list({ path: "a", recursive: true })).toEqual([
      ["a/b", "1"],
      ["a/b/c", "2"],
    ]);

    async function list(request: { path: string; recursive: boolean }): Promise<[string, string][]> {
      const stream = client.listValues(request);
      const listed: [string, string][] = [];
      stream.on("data", ({ values }) => {
        for (const { path, value } of values) listed.push([path, Buffer.from(value?.data ?? []).toString()]);
      });
      await once(stream, "end");
      return listed;
    }
  });

  it("PutValue and ListValues of a store without them are UNIMPLEMENTED", async () => {
    const client = protocol2(await launch("env", "2").connect());
    expect((await failureOf(client.putValue({ path: "a" }))).code).toBe(status.UNIMPLEMENTED);
    const stream = client.listValues({ path: "a" });
    const [error] = await once(
      stream.on("data", () => {}).on("end", () => {}),
      "error",
    ).catch((thrown: unknown) => [thrown]);
    expect((error as { code: number }).code).toBe(status.UNIMPLEMENTED);
  });

  it("protocol 1 is not served beside it", async () => {
    const plugin = launch("env", "2,1");
    const client = await plugin.connect();
    expect((await failureOf(askOne(client, "HOME"))).code).toBe(status.UNIMPLEMENTED);
    await until(() => plugin.stdout.startsWith("1|2|"));
  });
});

// A Buffer, as protobuf's reader hands them out.
function bytes(text: string): Buffer {
  return Buffer.from(text);
}
