/** One tiny executable for each sin of a plugin: the error that a user sees, and that nothing is left behind. */
import { describe, expect, it } from "vitest";
import { badPlugin, type Script, writeExecutable } from "../test/helpers/scripted-plugin.ts";
import {
  askScripted,
  createScriptedPool,
  createTestPool,
  startError,
  temporaryFolder,
} from "../test/helpers/test-pool.ts";

describe("a plugin that does not start", () => {
  it.each([
    {
      name: "no-line",
      code: "CM_PLUGIN_START_TIMEOUT",
      message: /^the plugin of "BAD" printed no handshake line within 500 ms$/,
    },
    {
      name: "two-lines",
      code: "CM_HANDSHAKE_MALFORMED",
      message:
        /^the plugin of "BAD" failed its handshake: the first line of stdout is no handshake: "Welcome to the plugin"$/,
    },
    {
      name: "no-newline",
      code: "CM_PLUGIN_START_TIMEOUT",
      message: /printed no handshake line within 500 ms/,
    },
    {
      name: "huge-line",
      code: "CM_HANDSHAKE_MALFORMED",
      message: /^the plugin of "BAD" printed no handshake but a line that begins "x{100}…"$/,
    },
    {
      name: "wrong-cookie",
      code: "CM_HANDSHAKE_COOKIE",
      message: /^the plugin of "BAD" refused the magic cookie$/,
    },
    {
      name: "exits-early",
      code: "CM_PLUGIN_EXITED_EARLY",
      message: /^the plugin of "BAD" exited with code 3 before its handshake: simulated: no credentials$/,
    },
    {
      name: "closes-stdout",
      code: "CM_HANDSHAKE_MALFORMED",
      message: /^the plugin of "BAD" closed its stdout without a handshake line$/,
    },
    {
      name: "forks-grandchild",
      code: "CM_PLUGIN_EXITED_EARLY",
      message: /^the plugin of "BAD" exited with code 4 before its handshake: simulated: left a grandchild$/,
    },
    {
      name: "floods-stderr",
      code: "CM_PLUGIN_START_TIMEOUT",
      message: /printed no handshake line within 500 ms/,
    },
  ])("$name is $code", async ({ name, code, message }) => {
    const test = createTestPool({
      stores: { BAD: { path: badPlugin(name) } },
      pluginStartTimeoutMs: 500,
      isQuiet: true,
    });
    const started = performance.now();
    const error = await startError(test, "BAD");
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.details).toMatchObject({ prefix: "BAD", file: badPlugin(name), mode: "0755", format: "script" });
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe("what is behind a start that failed", () => {
  it.each([
    {
      name: "an interpreter that is on no PATH",
      text: "#!/usr/bin/env no-such-interpreter\n",
      hint: /on the PATH that the plugin inherits/,
    },
    {
      name: "a missing library",
      text: "#!/bin/sh\necho 'x: error while loading shared libraries: libx.so' >&2\nexit 127\n",
      hint: /^install the library that it names$/,
    },
    { name: "a kill", text: "#!/bin/sh\nkill -9 $$\n", hint: /^check the memory limit/ },
  ])("is guessed for $name", async ({ text, hint }) => {
    const file = writeExecutable(temporaryFolder(), "plugin", text);
    const error = await startError(createTestPool({ stores: { BAD: { path: file } } }), "BAD");
    expect(error.code).toBe("CM_PLUGIN_EXITED_EARLY");
    expect(error.hint).toMatch(hint);
  });

  it("is what a plugin's own log says of it", async () => {
    const line = '{"@level":"error","@message":"plugin init error","error":"bind: invalid argument","@timestamp":"x"}';
    const file = writeExecutable(temporaryFolder(), "plugin", `#!/bin/sh\necho '${line}' >&2\n`);
    const error = await startError(createTestPool({ stores: { BAD: { path: file } } }), "BAD");
    expect(error.message).toBe(
      'the plugin of "BAD" exited with code 0 before its handshake: plugin init error: bind: invalid argument',
    );
  });
});

describe("a plugin that starts, and then", () => {
  it("ignores SIGTERM is killed", async () => {
    expect(await askScripted(createScriptedPool({ ignoreSigterm: true, shutdown: "stay" }))).toBe("path->");
  });

  it("dies in the middle of a call is CM_PLUGIN_CRASHED", async () => {
    expect(await askScripted(createScriptedPool({}), "exit/1")).toMatchObject({ code: "CM_PLUGIN_CRASHED" });
  });

  it.each<{ name: string; script: Script }>([
    { name: "hangs in Shutdown", script: { shutdown: "hang" } },
    { name: "leaves a grandchild with its pipes", script: { grandchild: true } },
    { name: "floods stderr", script: { floodStderr: true } },
  ])("$name answers, and leaves nothing", async ({ script }) => {
    expect(await askScripted(createScriptedPool(script, { isQuiet: true }))).toBe("path->");
  });
});
