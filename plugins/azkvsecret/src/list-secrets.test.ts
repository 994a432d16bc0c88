import { expect, it } from "vitest";
import { listedOf } from "../../../test/servers/ask-aws.ts";
import { openKeyVault } from "../../../test/servers/ask-key-vault.ts";
import { currentVersion, failure, type SecretVersion } from "../../../test/servers/azure-key-vault.ts";
import { type Answer, reset, throttle } from "../../../test/servers/scripted-server.ts";

const secrets: Readonly<Record<string, SecretVersion | readonly SecretVersion[]>> = {
  "shop/db-password": [{ value: "new" }, { value: "old", version: "1" }],
  "shop/db-user": { value: "größe \u{1f511}" },
  "shop/disabled": { value: "none", enabled: false },
  "shop/mail": { value: "" },
  "bank/db-password": { value: "another vault's" },
};

it.each([
  { path: "shop", paths: ["shop/db-password", "shop/db-user", "shop/mail"] },
  { path: "shop/", paths: ["shop/db-password", "shop/db-user", "shop/mail"] },
  { path: "/shop/", paths: ["/shop/db-password", "/shop/db-user", "/shop/mail"] },
  { path: "shop/db-", paths: ["shop/db-password", "shop/db-user"] },
  { path: "shop.vault.azure.net/m", paths: ["shop.vault.azure.net/mail"] },
  { path: "empty/", paths: [] },
])("lists below $path what can be asked for as $paths", async ({ path, paths }) => {
  const { store, ask } = await openKeyVault({ secrets, pageSize: 2 });
  const listed = listedOf(await store.list({ path }));
  expect(listed.map(([name]) => name)).toEqual(paths);
  const answers = await ask(...paths);
  expect(answers.map((answer) => answer.ok && Buffer.from(answer.data).toString())).toEqual(
    listed.map(([, text]) => text),
  );
});

it("has the same when names have levels or not, and knows version and value", async () => {
  const { store } = await openKeyVault({ secrets });
  expect(listedOf(await store.list({ path: "shop/db", recursive: false }))).toEqual([
    ["shop/db-password", "new", currentVersion],
    ["shop/db-user", "größe \u{1f511}", currentVersion],
  ]);
});

it("goes on where it was after errors that pass: at the first page, at a later one, at a value", async () => {
  const many = Object.fromEntries(
    Array.from({ length: 30 }, (_unset, index) => [`shop/s${index + 10}`, { value: `value ${index + 10}` }]),
  );
  const failures = new Map<string, Answer[]>([
    ["", [throttle({ "retry-after": "0" })]],
    ["14", [reset()]],
    ["21", [failure(500, "InternalServerError", "try again")]],
    ["/secrets/s20/", [reset()]],
  ]);
  const { store } = await openKeyVault({
    secrets: many,
    pageSize: 7,
    interfere: ({ headers, path, query }) => {
      if (headers.authorization === undefined) return undefined;
      return failures.get(path === "/secrets" ? (query.get("$skiptoken") ?? "") : path)?.shift();
    },
  });
  const listed = listedOf(await store.list({ path: "shop/" }));
  expect(listed.map(([path, text]) => [path, text])).toEqual(
    Object.entries(many).map(([path, { value }]) => [path, value]),
  );
  expect([...failures.values()].flat()).toEqual([]);
});

it.each([
  { what: "the vault's secrets", refused: "/secrets", message: /^the secrets of vault "shop" may not be listed \(403/ },
  {
    what: "one of them",
    refused: "/secrets/db-user/",
    message: /^secret "db-user" of vault "shop" may not be read \(403/,
  },
])("is denied when $what may not be had", async ({ refused, message }) => {
  const { store } = await openKeyVault({
    secrets,
    interfere: ({ headers, path }) =>
      headers.authorization !== undefined && path === refused
        ? failure(403, "Forbidden", "Caller is not authorized.", "ForbiddenByRbac")
        : undefined,
  });
  expect(await store.list({ path: "shop/" })).toMatchObject({
    code: "PERMISSION_DENIED",
    message: expect.stringMatching(message) as unknown,
    hint: expect.stringMatching(/^grant the role "Key Vault Secrets User"/) as unknown,
  });
});

it.each([
  { path: "", metadata: {} },
  { path: "shop/", metadata: { version: "1" } },
  { path: "shop.example.com/", metadata: {} },
])("refuses $path $metadata", async ({ path, metadata }) => {
  const { store, service } = await openKeyVault({ secrets });
  expect(await store.list({ path, metadata })).toMatchObject({ code: "INVALID_ARGUMENT" });
  expect(service.requests).toEqual([]);
});
