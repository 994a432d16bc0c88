/** The numbered assertions of go-plugin-protocol.md, section 11.1: what a plugin finds in its environment. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { plainEnvironment } from "../test/helpers/scripted-plugin.ts";
import { askScripted, createScriptedPool, temporaryFolder, type TestPoolOptions } from "../test/helpers/test-pool.ts";
import type { StoreConfig } from "../internal/config/config.ts";

const leaks = {
  PLUGIN_CLIENT_CERT: "leaked certificate",
  PLUGIN_MULTIPLEX_GRPC: "true",
  PLUGIN_UNIX_SOCKET_GROUP: "leaked",
  PLUGIN_UNIX_SOCKET_DIR: "/leaked",
};

describe("the environment of a plugin", () => {
  it("H1 sets cookie, ports and versions for every spawn", async () => {
    const env = await environmentOf({});
    expect(env).toMatchObject({
      CONFIGMANAGER_PLUGIN: "hello",
      PLUGIN_MIN_PORT: "10000",
      PLUGIN_MAX_PORT: "25000",
      PLUGIN_PROTOCOL_VERSIONS: expect.any(String) as string,
    });
  });

  it("H2 lists every app protocol version once, without spaces", async () => {
    const { PLUGIN_PROTOCOL_VERSIONS: versions = "" } = await environmentOf({});
    expect(versions).not.toMatch(/\s/);
    expect(versions.split(",").toSorted()).toEqual(["1", "2"]);
  });

  it("H3 hands on none of the variables of a go-plugin host that launched this one", async () => {
    const env = await environmentOf({ context: { env: { ...plainEnvironment(), ...leaks } } });
    expect(env).not.toHaveProperty("PLUGIN_CLIENT_CERT");
    expect(env).not.toHaveProperty("PLUGIN_MULTIPLEX_GRPC");
    expect(env).not.toHaveProperty("PLUGIN_UNIX_SOCKET_GROUP");
    expect(env["PLUGIN_UNIX_SOCKET_DIR"]).not.toBe("/leaked");
  });

  it("H3 takes none of them from the configuration either", async () => {
    const env = await environmentOf({}, { env: leaks });
    expect(env).not.toHaveProperty("PLUGIN_CLIENT_CERT");
    expect(env["PLUGIN_UNIX_SOCKET_DIR"]).not.toBe("/leaked");
  });

  it("H4 overrides inherited variables of the same names", async () => {
    const inherited = {
      CONFIGMANAGER_PLUGIN: "other",
      PLUGIN_MIN_PORT: "1",
      PLUGIN_MAX_PORT: "2",
      PLUGIN_PROTOCOL_VERSIONS: "9",
    };
    const env = await environmentOf({ context: { env: { ...plainEnvironment(), ...inherited } } }, { env: inherited });
    expect(env).toMatchObject({ CONFIGMANAGER_PLUGIN: "hello", PLUGIN_MIN_PORT: "10000", PLUGIN_MAX_PORT: "25000" });
    expect(env["PLUGIN_PROTOCOL_VERSIONS"]).not.toBe("9");
  });
});

/** The environment that a scripted plugin found. */
async function environmentOf(
  options: TestPoolOptions,
  store: StoreConfig = {},
): Promise<Record<string, string | undefined>> {
  const dumpTo = join(temporaryFolder(), "dump.json");
  const test = createScriptedPool({ dumpTo }, { ...options, store });
  expect(await askScripted(test)).toBe("path->");
  return (JSON.parse(readFileSync(dumpTo, "utf8")) as { env: Record<string, string | undefined> }).env;
}
