import { openTestStore, type TestPutAnswer, type TestPutRequest, type TestStore } from "configmanager/plugin/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emptyHome, vaultEnv } from "../../../test/servers/ask-vault.ts";
import { type KvServer, startKvServer } from "../../../test/servers/kv-v2.ts";
import { type Answer, json, type RecordedRequest, reply, reset } from "../../../test/servers/scripted-server.ts";
import { createVaultStore } from "./store.ts";

const secret = "made-up-password";

let vault: KvServer;
let interfere: ((request: RecordedRequest) => Answer | undefined) | undefined;
beforeAll(async () => {
  vault = await startKvServer({
    mounts: { secret: "kv2", checked: "kv2", kv: "kv1", database: "other" },
    casRequired: ["checked"],
    interfere: (request) => interfere?.(request),
  });
});
afterAll(() => vault.close());

function open(token: string = vault.rootToken): Promise<TestStore> {
  const env = vaultEnv({ VAULT_ADDR: vault.url, VAULT_TOKEN: token });
  return openTestStore({ store: createVaultStore(), env, cwd: emptyHome });
}

async function put(
  path: string,
  data: TestPutRequest["data"] | object,
  { key, ...more }: Partial<TestPutRequest> & { readonly key?: unknown; readonly token?: string } = {},
): Promise<TestPutAnswer> {
  const store = await open(more.token);
  const bytes = typeof data === "string" || data instanceof Uint8Array ? data : JSON.stringify(data);
  const metadata = { ...more.metadata, ...(key === undefined ? {} : { key: JSON.stringify(key) }) };
  try {
    return await store.put({ path, data: bytes, createOnly: more.createOnly, metadata });
  } finally {
    await store.close();
  }
}

/** Does some work while the first writes are answered by the test; a step without an answer happens before its write. */
async function during<T>(steps: readonly (() => Answer | undefined | void)[], work: () => Promise<T>): Promise<T> {
  const left = [...steps];
  interfere = (request) => (isWrite(request) ? left.shift()?.() : undefined) ?? undefined;
  try {
    return await work();
  } finally {
    interfere = undefined;
  }
}

const isWrite = ({ method }: RecordedRequest): boolean => method === "POST" || method === "PUT";

describe("a secret of KV version 2 that is written whole", () => {
  it("gets a new version, by one request and one question what the mount is", async () => {
    const from = vault.requests.length;
    expect(await put("secret___/whole/a", { a: "1", b: { c: [true] } })).toEqual({ ok: true, version: "1" });
    expect(await put("secret___/whole/a", { b: "2" })).toEqual({ ok: true, version: "2" });
    expect(vault.current("secret", "whole/a")).toBe('{"b":"2"}');
    expect(vault.log().slice(from, from + 2)).toEqual([
      "GET sys/internal/ui/mounts/secret",
      "POST secret/data/whole/a",
    ]);
    expect(JSON.parse(vault.requests[from + 1]!.text)).toEqual({ data: { a: "1", b: { c: [true] } } });
  });

  it("is sent with the digits of its numbers, and the last of two members of a name", async () => {
    const from = vault.requests.length;
    await put("secret___/whole/digits", '\n{ "n": 12345678901234567890, "m": 1.10, "n": 2.50 }\n');
    expect(vault.requests.slice(from).find(isWrite)?.text).toBe('{"data":{"m":1.10,"n":2.50}}');
  });

  it("may be created only where there is none", async () => {
    expect(await put("secret___/whole/new", { a: "1" }, { createOnly: true })).toEqual({ ok: true, version: "1" });
    expect(await put("secret___/whole/new", { a: "2" }, { createOnly: true })).toMatchObject({
      code: "ALREADY_EXISTS",
      message: '"secret/data/whole/new" already exists',
    });
    expect(vault.current("secret", "whole/new")).toBe('{"a":"1"}');
  });

  it("is created over one that is deleted", async () => {
    vault.put("secret", "whole/gone", { a: "1" });
    vault.remove("secret", "whole/gone", 1);
    expect(await put("secret___/whole/gone", { a: "2" }, { createOnly: true })).toEqual({ ok: true, version: "2" });
  });

  it("is written where the mount wants to know what is replaced", async () => {
    vault.put("checked", "app", { a: "1" });
    expect(await put("checked___/app", { a: "2" })).toEqual({ ok: true, version: "2" });
    expect(await put("checked___/new", { a: "1" })).toEqual({ ok: true, version: "1" });
  });

  it.each([
    { name: "text", data: secret },
    { name: "nothing", data: "" },
    { name: "a list", data: "[1]" },
    { name: "a number", data: "1" },
    { name: "null", data: "null" },
    { name: "broken JSON", data: `{"a":"${secret}"` },
    { name: "no UTF-8", data: Uint8Array.of(0x7b, 0xff, 0x7d) },
  ])("is no $name", async ({ data }) => {
    const from = vault.requests.length;
    expect(await put("secret___/whole/a", data)).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "a secret is a JSON object, and the value is none",
    });
    expect(vault.requests.length).toBe(from);
  });
});

describe("a key of a secret of KV version 2 that is written", () => {
  it("leaves the others as they are, their numbers too", async () => {
    vault.put("secret", "keys/a", '{"z":1.10,"big":12345678901234567890,"password":"old","<":"&"}');
    const from = vault.requests.length;
    expect(await put("secret___/keys/a", secret, { key: ["password"] })).toEqual({ ok: true, version: "2" });
    const body = vault.requests.slice(from).find(isWrite)?.text;
    expect(body).toContain('"big":12345678901234567890');
    expect(body).toContain('"z":1.10');
    expect(JSON.parse(body!)).toMatchObject({ data: { "<": "&", password: secret }, options: { cas: 1 } });
  });

  it("makes the secret when there is none, and when its current version is deleted", async () => {
    expect(await put("secret___/keys/new", secret, { key: ["a.b"] })).toEqual({ ok: true, version: "1" });
    expect(vault.current("secret", "keys/new")).toBe(JSON.stringify({ "a.b": secret }));
    vault.remove("secret", "keys/new", 1);
    expect(await put("secret___/keys/new", "2", { key: ["c"] })).toEqual({ ok: true, version: "2" });
    expect(vault.current("secret", "keys/new")).toBe('{"c":"2"}');
  });

  it.each([
    { name: "JSON", data: '{"a":1}' },
    { name: "a number", data: "1.10" },
    { name: "nothing", data: "" },
    { name: "quotes and line feeds", data: '"\\\n\u2028\u{1f511}' },
  ])("holds $name as text", async ({ data }) => {
    await put("secret___/keys/text", data, { key: ["__proto__"] });
    expect(JSON.parse(vault.current("secret", "keys/text")!)).toEqual(
      JSON.parse(`{"__proto__":${JSON.stringify(data)}}`),
    );
  });

  it("may be created only where there is none", async () => {
    vault.put("secret", "keys/only", { a: "1" });
    expect(await put("secret___/keys/only", "2", { key: ["b"], createOnly: true })).toMatchObject({ ok: true });
    expect(await put("secret___/keys/only", "3", { key: ["a"], createOnly: true })).toMatchObject({
      code: "ALREADY_EXISTS",
      message: '"secret/data/keys/only|a" already exists',
    });
    expect(vault.current("secret", "keys/only")).toBe('{"a":"1","b":"2"}');
  });

  it("loses nothing that another writes between its read and its write", async () => {
    vault.put("secret", "keys/busy", { a: "1" });
    let others = 0;
    const another = (): void => void vault.put("secret", "keys/busy", { ...current(), [`other${others++}`]: "x" });
    const current = () => JSON.parse(vault.current("secret", "keys/busy")!) as object;
    const answer = await during([another, another], () => put("secret___/keys/busy", "2", { key: ["b"] }));
    expect(answer).toEqual({ ok: true, version: "4" });
    expect(current()).toEqual({ a: "1", other0: "x", other1: "x", b: "2" });
  });

  it("is given up when others never stop writing", async () => {
    vault.put("secret", "keys/never", { a: "1" });
    const another = (): void => void vault.put("secret", "keys/never", { a: "1" });
    const answer = await during(
      Array.from({ length: 20 }, () => another),
      () => put("secret___/keys/never", "2", { key: ["b"] }),
    );
    expect(answer).toMatchObject({
      code: "UNAVAILABLE",
      message: '"secret/data/keys/never" is written by others all the time',
    });
  });

  it("is written by many at once, and none is lost", async () => {
    const store = await open();
    const keys = ["a", "b", "c", "d", "e"];
    const answers = await Promise.all(
      keys.map((key) =>
        store.put({ path: "secret___/keys/many", data: key, metadata: { key: JSON.stringify([key]) } }),
      ),
    );
    await store.close();
    expect(answers.map(({ ok }) => ok)).toEqual(keys.map(() => true));
    expect(JSON.parse(vault.current("secret", "keys/many")!)).toEqual(
      Object.fromEntries(keys.map((key) => [key, key])),
    );
  });

  it.each([{ key: ["a", "b"] }, { key: [] }, { key: "a" }, { key: [1] }])("has one name: $key", async ({ key }) => {
    expect(await put("secret___/keys/a", "2", { key })).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "a key path of one name is written, and no other",
    });
  });

  it("is text", async () => {
    expect(await put("secret___/keys/a", Uint8Array.of(0xff), { key: ["a"] })).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "the value is not valid UTF-8, and a key of a secret holds text",
    });
  });
});

describe("a secret of KV version 1 that is written", () => {
  const metadata = { engine: "kv1" };

  it("has no version", async () => {
    expect(await put("kv___/app", { a: "1" }, { metadata })).toEqual({ ok: true, version: "" });
    expect(await put("kv/app", "2", { metadata, key: ["b"] })).toEqual({ ok: true, version: "" });
    expect(JSON.parse(vault.current("kv", "app")!)).toEqual({ a: "1", b: "2" });
  });

  it("may be created only where there is none", async () => {
    expect(await put("kv___/new", { a: "1" }, { metadata, createOnly: true })).toMatchObject({ ok: true });
    expect(await put("kv___/new", { a: "2" }, { metadata, createOnly: true })).toMatchObject({
      code: "ALREADY_EXISTS",
    });
    expect(JSON.parse(vault.current("kv", "new")!)).toEqual({ a: "1" });
  });
});

describe("a write that cannot be", () => {
  it.each([
    { path: "kv___/app", metadata: {}, message: '"kv" is a mount of KV version 1' },
    { path: "secret___/app", metadata: { engine: "kv1" }, message: '"secret" is a mount of KV version 2' },
    { path: "database___/app", metadata: {}, message: '"database" is a mount of the engine "database"' },
    { path: "database/creds/app", metadata: { engine: "raw" }, message: "engine=raw cannot be written" },
    { path: "secret/app", metadata: {}, message: '"secret/app" does not say which mount holds which secret' },
    { path: "secret___/app", metadata: { version: "1" }, message: 'metadata key "version" means nothing when writing' },
  ])("writes nothing: $message", async ({ path, metadata, message }) => {
    const from = vault.requests.length;
    expect(await put(path, { a: "1" }, { metadata })).toMatchObject({ code: "INVALID_ARGUMENT", message });
    expect(vault.requests.slice(from).filter(isWrite)).toEqual([]);
  });

  it("names a mount that is not there", async () => {
    expect(await put("nowhere___/app", { a: "1" })).toMatchObject({ code: "NOT_FOUND" });
  });

  it("is denied, with the path and the capability that a policy must have", async () => {
    const reader = vault.addToken(["secret/*"]);
    expect(await put("secret___/denied", { a: "1" }, { token: reader })).toMatchObject({
      code: "PERMISSION_DENIED",
      message: '"secret/data/denied" may not be written: permission denied (403)',
    });
    const writer = vault.addToken([], { write: ["secret/*"] });
    expect(await put("secret___/denied", { a: secret }, { token: writer })).toMatchObject({ ok: true });
    expect(await put("secret___/denied", "1", { token: writer, key: ["b"] })).toMatchObject({
      code: "PERMISSION_DENIED",
      message: '"secret/data/denied" may not be read: permission denied (403)',
    });
  });

  it("says what may have happened when a mount answers without a version", async () => {
    const answer = await during([() => reply(204, "")], () => put("secret___/odd", { a: "1" }));
    expect(answer).toMatchObject({
      code: "UNKNOWN",
      message: '"secret/data/odd" was written, and is none of a mount of KV version 2',
    });
  });

  it("does not show what Vault quotes of it", async () => {
    const quoting = json({ errors: [`error converting input ${secret} for field "data"`] }, 400);
    const answer = await during([() => quoting], () => put("secret___/quoted", { a: secret }));
    expect(answer).toMatchObject({ code: "INVALID_ARGUMENT", message: '"secret/data/quoted" was refused: (400)' });
  });
});

describe("a write whose answer is lost", () => {
  /** Does what is asked for, and breaks the connection in place of the answer. */
  const lost =
    (path: string, data: object): Answer =>
    (response, request) => {
      vault.put("secret", path, data);
      return reset()(response, request);
    };

  it("is known again by what it has written", async () => {
    const answer = await during([() => lost("lost/a", { a: "1" })], () =>
      put("secret___/lost/a", { a: "1" }, { createOnly: true }),
    );
    expect(answer).toEqual({ ok: true, version: "1" });
    const keyed = await during([() => lost("lost/a", { a: "1", b: "2" })], () =>
      put("secret___/lost/a", "2", { key: ["b"] }),
    );
    expect(keyed).toEqual({ ok: true, version: "2" });
  });

  it("is not taken for another's", async () => {
    const answer = await during([() => lost("lost/b", { a: "another" })], () =>
      put("secret___/lost/b", { a: "1" }, { createOnly: true }),
    );
    expect(answer).toMatchObject({
      code: "UNKNOWN",
      message: '"secret/data/lost/b" already exists, perhaps by a try of this write that got no answer',
    });
  });

  it("says so when no try gets one", async () => {
    const answer = await during([reset, reset, reset], () => put("secret___/lost/c", { a: "1" }));
    expect(answer).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/; the value may have been written$/) as string,
    });
  });

  it("says nothing of that when Vault was sealed", async () => {
    const sealed = () => json({ errors: ["Vault is sealed"] }, 503);
    const answer = await during([sealed, sealed, sealed], () => put("secret___/lost/d", { a: "1" }));
    expect(answer).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/ is sealed \(503\)$/) as string,
    });
  });
});

describe("a value that is read", () => {
  it("takes no key", async () => {
    const store = await open();
    expect(await store.ask([{ path: "secret___/app", metadata: { key: '["a"]' } }])).toEqual([
      {
        ok: false,
        code: "INVALID_ARGUMENT",
        message: 'metadata key "key" is for writing',
        hint: "put the key path behind | instead",
      },
    ]);
    await store.close();
  });
});
