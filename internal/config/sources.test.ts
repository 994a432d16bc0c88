import { describe, expect, it } from "vitest";
import { readEnvironment, readFlags, type SettingLayer } from "./sources.ts";

function valuesOf({ values }: SettingLayer): object {
  return Object.fromEntries([...values].map(([key, { value }]) => [key, value]));
}

function reportOf({ errors }: SettingLayer): string[] {
  return errors.map(({ code, message }) => `${code} ${message}`);
}

describe("readFlags", () => {
  it.each([
    { name: "nothing sets nothing", flags: {}, expected: {} },
    { name: "a toggle is on", flags: { laxAll: true }, expected: { laxAll: true } },
    { name: "durations become milliseconds", flags: { timeout: "1m30s" }, expected: { timeoutMs: 90_000 } },
    { name: "numbers are read", flags: { concurrency: "8" }, expected: { concurrency: 8 } },
    {
      name: "a pattern may hold a comma",
      flags: { allow: ["A:///x,y", "B://*"] },
      expected: { allow: ["A:///x,y", "B://*"] },
    },
    {
      name: "names of variables are split at commas",
      flags: { envsubstVars: ["A,B", " C"] },
      expected: { envsubstVars: ["A", "B", "C"] },
    },
    { name: "a separator may be any text", flags: { tokenSeparator: "#" }, expected: { tokenSeparator: "#" } },
  ])("$name", ({ flags, expected }) => {
    const layer = readFlags(flags);
    expect(layer.errors).toEqual([]);
    expect(valuesOf(layer)).toEqual(expected);
  });

  it("reports every wrong value, each with its flag", () => {
    const layer = readFlags({
      timeout: "60",
      concurrency: "0",
      mtls: "never",
      allow: ["/app/*"],
      tokenSeparator: "",
    });
    expect(reportOf(layer)).toEqual([
      'CM_USAGE "" of --token-separator is not a text',
      'CM_USAGE "/app/*" of --allow is not a list of patterns with ://',
      'CM_USAGE "60" of --timeout is not a duration between 1ms and 596h',
      'CM_USAGE "0" of --concurrency is not a whole number from 1 to 10000',
      'CM_USAGE "never" of --mtls is not "auto" or "always"',
    ]);
  });
});

describe("readEnvironment", () => {
  it("has a variable for each setting", () => {
    const layer = readEnvironment({
      CONFIGMANAGER_TOKEN_SEPARATOR: "#",
      CONFIGMANAGER_KEY_SEPARATOR: "!",
      CONFIGMANAGER_ENABLE_ENVSUBST: "true",
      CONFIGMANAGER_ENVSUBST_VARS: "A, B",
      CONFIGMANAGER_LAX: "1",
      CONFIGMANAGER_LAX_ALL: "false",
      CONFIGMANAGER_FAIL_ON_EMPTY: "0",
      CONFIGMANAGER_ALLOW: "A:///x/*,B://y",
      CONFIGMANAGER_VERBOSE: "true",
      CONFIGMANAGER_QUIET: "false",
      CONFIGMANAGER_LOG_FORMAT: "json",
      CONFIGMANAGER_COLOR: "never",
      CONFIGMANAGER_TIMEOUT: "5s",
      CONFIGMANAGER_PLUGIN_START_TIMEOUT: "1s",
      CONFIGMANAGER_RUN_TIMEOUT: "1h",
      CONFIGMANAGER_CONCURRENCY: "4",
      CONFIGMANAGER_MTLS: "always",
      CONFIGMANAGER_TRUST_PLUGIN_MODES: "true",
      CONFIGMANAGER_TRUST: "ask",
    });
    expect(layer.errors).toEqual([]);
    expect(valuesOf(layer)).toEqual({
      tokenSeparator: "#",
      keySeparator: "!",
      enableEnvsubst: true,
      envsubstVars: ["A", "B"],
      lax: true,
      laxAll: false,
      failOnEmpty: false,
      allow: ["A:///x/*", "B://y"],
      verbose: true,
      quiet: false,
      logFormat: "json",
      color: "never",
      timeoutMs: 5000,
      pluginStartTimeoutMs: 1000,
      runTimeoutMs: 3_600_000,
      concurrency: 4,
      mtls: "always",
      trustPluginModes: true,
      trust: "ask",
    });
  });

  it("reads a list with a line feed line by line, so that a pattern may hold a comma", () => {
    expect(valuesOf(readEnvironment({ CONFIGMANAGER_ALLOW: "A:///x,y\nB://z\n" }))).toEqual({
      allow: ["A:///x,y", "B://z"],
    });
  });

  it("takes an empty variable for one that is not set", () => {
    expect(valuesOf(readEnvironment({ CONFIGMANAGER_ALLOW: "", CONFIGMANAGER_LAX: "" }))).toEqual({});
  });

  it("leaves the variables of v3 alone", () => {
    expect(valuesOf(readEnvironment({ CONFIGMANAGER_DIR: "/x", CONFIGMANAGER_PLUGIN: "hello" }))).toEqual({});
  });

  it("names the variable of a wrong value", () => {
    expect(reportOf(readEnvironment({ CONFIGMANAGER_LAX: "yes", CONFIGMANAGER_TIMEOUT: "1" }))).toEqual([
      'CM_CONFIG_INVALID "yes" of CONFIGMANAGER_LAX is not true or false',
      'CM_CONFIG_INVALID "1" of CONFIGMANAGER_TIMEOUT is not a duration between 1ms and 596h',
    ]);
  });
});
