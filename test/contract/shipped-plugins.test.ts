import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process, { kill } from "node:process";
import { type ContractCases, contractChecks } from "configmanager/plugin/testing";
import { afterAll, describe, it } from "vitest";
import { envStore } from "../../plugins/env/src/store.ts";
import { createExecStore } from "../../plugins/exec/src/store.ts";
import { fileStore } from "../../plugins/file/src/store.ts";
import { createIdentity, encrypt, recipientOf } from "../../plugins/local/src/age.ts";
import { localStore } from "../../plugins/local/src/store.ts";
import { buildTestPlugins } from "../helpers/build-once.ts";

const plugins = await buildTestPlugins();
const cwd = mkdtempSync(join(tmpdir(), "cm-contract-"));
afterAll(() => rmSync(cwd, { recursive: true }));

const large = "x".repeat(100_000);
const env = {
  PATH: process.env["PATH"],
  TMPDIR: cwd,
  GREETING: "hello",
  EMPTY: "",
  LARGE: large,
  UNICODE: "größe \u{1f511}",
  CONFIGMANAGER_LOCAL_FILE: "local.age",
  CONFIGMANAGER_LOCAL_KEY: await createIdentity(),
};

mkdirSync(join(cwd, "conf"));
writeFileSync(join(cwd, "conf", "a.yaml"), "greeting: hello\n");
writeFileSync(join(cwd, "empty"), "");
writeFileSync(join(cwd, "large"), large.repeat(50));
writeFileSync(join(cwd, "größe \u{1f511}"), "\u{1f511}");
const values = { a: "hello", empty: "", large: large.repeat(50), "größe \u{1f511}": "\u{1f511}" };
const entries = Object.entries(values).map(([name, data]) => [name, { data, version: "1" }]);
const document = JSON.stringify({ version: 1, values: Object.fromEntries(entries) as object });
const recipient = await recipientOf(env.CONFIGMANAGER_LOCAL_KEY);
writeFileSync(join(cwd, "local.age"), await encrypt(Buffer.from(document), [recipient!]));

interface ShippedPlugin {
  readonly name: string;
  readonly store: typeof envStore;
  readonly cases: ContractCases;
  readonly options?: Readonly<Record<string, unknown>>;
}

// A plugin of app protocol 1 is given no options, and this one can do nothing without.
const withOptions: ShippedPlugin = {
  name: "exec",
  store: createExecStore({ kill }),
  options: {
    commands: {
      cat: { command: ["cat", "{1}"], notFoundPattern: "No such file" },
      waits: { command: ["sleep", "60"] },
    },
  },
  cases: {
    found: { path: "cat/conf/a.yaml", value: "greeting: hello" },
    missing: { path: "cat/conf/b.yaml" },
    bad: { path: "cat/../a" },
    empty: { path: "cat/empty" },
    large: { path: "cat/large", value: large.repeat(50) },
    unicode: { path: "cat/größe \u{1f511}", value: "\u{1f511}" },
    cancelled: { path: "waits" },
  },
};

const shipped: readonly ShippedPlugin[] = [
  withOptions,
  {
    name: "env",
    store: envStore,
    cases: {
      found: { path: "GREETING", value: "hello" },
      missing: { path: "NOTHING" },
      bad: { path: "A/b" },
      empty: { path: "EMPTY" },
      large: { path: "LARGE", value: large },
      unicode: { path: "UNICODE", value: env.UNICODE },
      cancelled: { path: "GREETING" },
    },
  },
  {
    name: "file",
    store: fileStore,
    cases: {
      found: { path: "conf/a.yaml", value: '{"greeting":"hello"}' },
      missing: { path: "conf/b.yaml" },
      denied: { path: "../../etc/passwd" },
      bad: { path: "conf" },
      empty: { path: "empty" },
      large: { path: "large", value: large.repeat(50) },
      unicode: { path: "größe \u{1f511}", value: "\u{1f511}" },
      cancelled: { path: "large" },
    },
  },
  {
    name: "local",
    store: localStore,
    cases: {
      found: { path: "a", value: "hello" },
      missing: { path: "b" },
      bad: { path: "" },
      empty: { path: "empty" },
      large: { path: "large", value: large.repeat(50) },
      unicode: { path: "größe \u{1f511}", value: "\u{1f511}" },
      cancelled: { path: "large" },
    },
  },
];

for (const { name, store, options, cases } of shipped) {
  const protocol = options === undefined ? undefined : 2;
  describe(`the contract of the store plugin "${name}"`, () => {
    for (const check of contractChecks({ store, env, cwd, options }, cases))
      it(`in this process: ${check.name}`, check.run);
    for (const check of contractChecks({ executable: plugins.file(name), env, cwd, options, protocol }, cases)) {
      it(`as an executable: ${check.name}`, check.run);
    }
  });
}
