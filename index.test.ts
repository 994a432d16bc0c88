import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ConfigManager,
  type ConfigManagerOptions,
  createConfigManager,
  type ErrorCode,
  isConfigManagerError,
  isConfigManagerErrors,
} from "./index.ts";
import { buildTestPlugins } from "./test/helpers/build-once.ts";
import { processesMentioning, untilGone } from "./test/helpers/processes.ts";

const marker = `library-test-${process.pid}`;
let probe = "";
beforeAll(async () => {
  probe = (await buildTestPlugins()).file("probe");
});

function open(options: ConfigManagerOptions = {}): ConfigManager {
  return createConfigManager({ stores: { PROBE: { path: probe, env: { TEST_MARKER: marker } } }, ...options });
}

async function codesOf(promise: Promise<unknown>): Promise<ErrorCode[]> {
  try {
    await promise;
    return [];
  } catch (error) {
    if (!isConfigManagerErrors(error)) throw error;
    return error.errors.map(({ code }) => code);
  }
}

describe("createConfigManager", () => {
  const faults: { name: string; options: object; message: RegExp; hint?: RegExp }[] = [
    { name: "an unknown option", options: { timeoutMS: 1 }, message: /"timeoutMS" is no option/, hint: /"timeoutMs"/ },
    { name: "a string for a number", options: { timeoutMs: "1" }, message: /"timeoutMs" must be a positive number/ },
    { name: "no time at all", options: { pluginStartTimeoutMs: 0 }, message: /"pluginStartTimeoutMs" must be/ },
    { name: "half a call", options: { concurrency: 1.5 }, message: /"concurrency" must be a positive integer/ },
    { name: "a word for a toggle", options: { lax: "yes" }, message: /"lax" must be a boolean/ },
    { name: "an unknown mode", options: { mtls: "never" }, message: /"mtls" must be/ },
    { name: "a letter for a key separator", options: { keySeparator: "x" }, message: /key separator/ },
  ];
  it.each(faults)("throws for $name", ({ options, message, hint }) => {
    let thrown: unknown;
    try {
      createConfigManager(options);
    } catch (error) {
      thrown = error;
    }
    if (!isConfigManagerError(thrown)) throw new Error("nothing was thrown");
    expect(thrown.message).toMatch(message);
    expect(thrown.hint ?? "").toMatch(hint ?? /(?:)/);
  });
});

describe("a ConfigManager", () => {
  let manager: ConfigManager;
  beforeAll(() => {
    manager = open();
  });
  afterAll(() => manager[Symbol.asyncDispose]());

  it("renders a string to a string", async () => {
    expect(await manager.render("a=PROBE://echo/é\n")).toBe("a=é\n");
  });

  it("renders bytes to bytes, those that are no UTF-8 among them", async () => {
    const input = Buffer.from([0xff, ...Buffer.from(" PROBE://bytes/fe00 "), 0xc3]);
    expect(await manager.render(input)).toEqual(Buffer.from([0xff, 0x20, 0xfe, 0x00, 0x20, 0xc3]));
  });

  it("renders a text without tokens without a plugin", async () => {
    const other = open();
    expect(await other.render("nothing here\n")).toBe("nothing here\n");
    await other[Symbol.asyncDispose]();
  });

  it("retrieves values by token, in the order asked, with the names given", async () => {
    const { values } = await manager.retrieve(["B=PROBE://echo/b", { token: "PROBE://echo/a", name: "A" }]);
    expect(values.map(({ name, value }) => [name, Buffer.from(value).toString()])).toEqual([
      ["B", "b"],
      ["A", "a"],
    ]);
  });

  it("scans without asking a store, faults in the report", async () => {
    const report = await manager.scan("x PROBE://missing/y|a.b[k=v,default=d]\nPROBE:// ", { file: "f" });
    expect(report.tokens).toMatchObject([
      {
        text: "PROBE://missing/y|a.b[k=v,default=d]",
        prefix: "PROBE",
        path: "missing/y",
        keyPath: ["a", "b"],
        metadata: { k: "v" },
        default: "d",
        place: { file: "f", line: 1, column: 3, start: 2, end: 38 },
      },
    ]);
    expect(report.errors.map(({ code, place }) => [code, place?.line, place?.column])).toEqual([
      ["CM_TOKEN_EMPTY_PATH", 2, 1],
    ]);
  });

  it("rejects with every error, in document order", async () => {
    expect(await codesOf(manager.render("PROBE://missing/a PROBE://denied PROBE://echo/x"))).toEqual([
      "CM_STORE_NOT_FOUND",
      "CM_STORE_DENIED",
    ]);
  });

  it("cancels a call with its signal, and goes on being asked with the same plugin", async () => {
    const before = Number(await manager.render("PROBE://cancellations"));
    const controller = new AbortController();
    const held = codesOf(manager.render("PROBE://hold-until-canceled", { signal: controller.signal }));
    // Answered on the same connection, so the call before it has arrived.
    await manager.render("PROBE://echo/x");
    controller.abort();
    expect(await held).toEqual(["CM_CANCELED"]);
    await expect.poll(async () => Number(await manager.render("PROBE://cancellations"))).toBe(before + 1);
  });

  it("rejects at once with a signal that is aborted already", async () => {
    expect(await codesOf(manager.render("PROBE://echo/x", { signal: AbortSignal.abort() }))).toEqual(["CM_CANCELED"]);
  });
});

describe("the options of a ConfigManager", () => {
  it("runTimeoutMs ends a run that takes longer", async () => {
    await using manager = open({ runTimeoutMs: 1_500 });
    expect(await codesOf(manager.render("PROBE://hold-until-canceled"))).toEqual(["CM_STORE_TIMEOUT"]);
  });

  it("timeoutMs ends what is not answered, and nothing else", async () => {
    await using manager = open({ timeoutMs: 300 });
    expect(await codesOf(manager.render("PROBE://hold-until-canceled PROBE://echo/x"))).toEqual(["CM_STORE_TIMEOUT"]);
  });

  it("allow refuses any other token before a plugin is started", async () => {
    const events: string[] = [];
    await using manager = open({ allow: ["PROBE://echo/*"], onProgress: ({ kind }) => events.push(kind) });
    expect(await codesOf(manager.render("PROBE://echo/x PROBE://empty"))).toEqual(["CM_TOKEN_FORBIDDEN"]);
    expect(events).toEqual([]);
  });

  it("allow reports what it refuses and what is malformed in document order", async () => {
    await using manager = open({ allow: ["PROBE://echo/*"] });
    expect(await codesOf(manager.render("PROBE://empty\nPROBE://echo/x[\nPROBE://empty"))).toEqual([
      "CM_TOKEN_FORBIDDEN",
      "CM_METADATA_UNCLOSED",
      "CM_TOKEN_FORBIDDEN",
    ]);
  });

  it("lax leaves a token that is not there, with a warning that has its code", async () => {
    await using manager = open({ lax: true });
    const { blocks, warnings } = await manager.renderBlocks(Buffer.from("a=PROBE://missing/x"));
    expect(Buffer.concat(Array.from(blocks, (block) => Uint8Array.from(block))).toString()).toBe("a=PROBE://missing/x");
    expect(warnings).toMatchObject([{ code: "CM_STORE_NOT_FOUND", token: "PROBE://missing/x" }]);
  });

  it("lax leaves the value out of what is retrieved", async () => {
    await using manager = open({ lax: true });
    const { values, warnings } = await manager.retrieve(["PROBE://missing/x", "PROBE://echo/y"]);
    expect([values.length, warnings.length]).toEqual([1, 1]);
  });
});

describe("a disposed ConfigManager", () => {
  it("has left no process and refuses to be asked", async () => {
    const manager = open({ stores: { PROBE: { path: probe, env: { TEST_MARKER: `${marker}-disposed` } } } });
    await manager.render("PROBE://echo/x");
    expect(processesMentioning(`${marker}-disposed`)).toHaveLength(1);
    await manager[Symbol.asyncDispose]();
    await manager[Symbol.asyncDispose]();
    await untilGone(() => processesMentioning(`${marker}-disposed`));
    expect(await codesOf(manager.render("PROBE://echo/x"))).toEqual(["CM_USAGE"]);
  });
});
