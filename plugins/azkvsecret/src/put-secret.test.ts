import { describe, expect, it } from "vitest";
import { openKeyVault, textOf } from "../../../test/servers/ask-key-vault.ts";
import { failure } from "../../../test/servers/azure-key-vault.ts";
import { type Answer, reset, throttle } from "../../../test/servers/scripted-server.ts";

const value = "made-up-password";
const path = "shop/db";

describe("a secret that is written", () => {
  it("is there afterwards, and has the version that was said", async () => {
    const { store, ask } = await openKeyVault();
    for (const data of ["größe \u{1f511}\n", ""]) {
      const put = await store.put({ path, data });
      const [answer] = await ask(path);
      expect(textOf(answer)).toBe(data);
      expect(put).toEqual({ ok: true, version: answer?.ok === true ? answer.version : undefined });
    }
  });

  it("is one PUT, beside the vault's question for a token", async () => {
    const { store, service } = await openKeyVault();
    expect(await store.put({ path: "shop/db", data: value })).toMatchObject({ ok: true });
    expect(service.requests.map(({ method, path: asked }) => `${method} ${asked}`)).toEqual([
      "PUT /secrets/db",
      "PUT /secrets/db",
    ]);
    // Nothing is sent to a vault that has not said whose tokens it takes.
    expect(service.requests.map(({ text }) => text)).toEqual(["", JSON.stringify({ value, attributes: {} })]);
  });

  it.each([
    { path: "shop/db", metadata: { version: "1" }, message: 'metadata key "version" means nothing when writing' },
    {
      path: "shop/db",
      metadata: {},
      data: Uint8Array.of(0xff),
      message: 'the value for secret "db" of vault "shop" is no UTF-8 text, and a secret is nothing else',
    },
    { path: "shop", metadata: {}, message: '"shop" is not of the form <vault>/<secret name>' },
  ])("is refused: $message", async ({ path: asked, metadata, data = value, message }) => {
    const { store, service } = await openKeyVault();
    expect(await store.put({ path: asked, metadata, data })).toMatchObject({ code: "INVALID_ARGUMENT", message });
    expect(service.requests).toEqual([]);
  });

  it.each([
    { name: "that is there", secrets: { [path]: { value: "old" } } },
    { name: "that is disabled", secrets: { [path]: { value: "old", enabled: false } } },
  ])("is not written over one $name when it is only to be created", async ({ secrets }) => {
    const { store, service } = await openKeyVault({ secrets });
    expect(await store.put({ path, data: value, createOnly: true })).toMatchObject({
      code: "ALREADY_EXISTS",
      message: '"shop/db" already exists',
    });
    expect(service.requests.map(({ method }) => method)).not.toContain("PUT");
  });

  it("is created when there is none", async () => {
    const { store, ask } = await openKeyVault();
    expect(await store.put({ path, data: value, createOnly: true })).toMatchObject({ ok: true });
    expect(textOf((await ask(path))[0])).toBe(value);
  });
});

describe("an error of a secret that is written", () => {
  it("says that the secret was deleted, in words of its own", async () => {
    const { store } = await openKeyVault({ deleted: [path] });
    expect(await store.put({ path, data: value })).toMatchObject({
      code: "UNKNOWN",
      message:
        'secret "db" of vault "shop" was deleted, and its name is free again only when it is recovered or purged',
    });
  });

  it.each([
    {
      name: "denied",
      answer: failure(403, "Forbidden", "Caller is not authorized.", "ForbiddenByRbac"),
      code: "PERMISSION_DENIED",
      message: /^secret "db" of vault "shop" may not be written \(403 Forbidden, ForbiddenByRbac.*not authorized\.$/,
    },
    {
      name: "refused, without the value that the service quotes",
      answer: failure(400, "BadParameter", `The value ${value} is too long`),
      code: "INVALID_ARGUMENT",
      message: /^secret "db" of vault "shop" cannot be written \(400 BadParameter, request request-1\)$/,
    },
  ])("says that it was $name", async ({ answer, code, message }) => {
    const { store } = await openKeyVault({ interfere: ({ text }) => (text === "" ? undefined : answer) });
    expect(await store.put({ path, data: value })).toMatchObject({
      code,
      message: expect.stringMatching(message) as unknown,
    });
  });

  it.each([
    { name: "throttling", answer: throttle({ "retry-after": "0" }) },
    { name: "a lost answer", answer: reset() },
  ])("is overcome after $name", async ({ answer }) => {
    const answers: Answer[] = [answer];
    const { store, ask } = await openKeyVault({ interfere: ({ text }) => (text === "" ? undefined : answers.shift()) });
    expect(await store.put({ path, data: value })).toMatchObject({ ok: true });
    expect(textOf((await ask(path))[0])).toBe(value);
  });

  it("says that the value may have been written when no answer has come", async () => {
    const { store } = await openKeyVault({ interfere: ({ text }) => (text === "" ? undefined : reset()) });
    expect(await store.put({ path, data: value })).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/was reset \(ECONNRESET\); the value may have been written$/) as unknown,
    });
  });
});
