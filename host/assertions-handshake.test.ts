/** The numbered assertions of go-plugin-protocol.md, section 11.1: from the spawn to the handshake line. */
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { badPlugin, printingPlugin, type Script, writeExecutable } from "../test/helpers/scripted-plugin.ts";
import {
  askScripted,
  createScriptedPool,
  createTestPool,
  startError,
  temporaryFolder,
  type TestPool,
} from "../test/helpers/test-pool.ts";
import type { ConfigManagerError } from "../internal/errors/errors.ts";

const fullLine = "1|{version}|{network}|{address}|grpc|{cert}";

describe("the first line", () => {
  it("H5 loses nothing of what a plugin prints before it ends at once", async () => {
    const file = writeExecutable(temporaryFolder(), "quick", "#!/bin/sh\necho out\necho err >&2\nexit 7\n");
    for (let run = 0; run < 20; run++) {
      const test = createTestPool({ stores: { SCRIPTED: { path: file } } });
      const error = await startError(test);
      expect(error.message).toContain('"out"');
      expect(error.details).toMatchObject({ exitCode: 7, stderr: ["err"] });
    }
  });

  it.each([
    { name: "five fields", line: "1|{version}|{network}|{address}|grpc" },
    { name: "six fields", line: fullLine },
    { name: "seven fields", line: `${fullLine}|false` },
    { name: "nine fields", line: `${fullLine}|true|more|and more` },
  ])("H6 accepts $name", async ({ line }) => {
    expect(await askScripted(createScriptedPool({ line }))).toBe("path->");
  });

  it("H6 takes four fields as netrpc and refuses that", async () => {
    const error = await errorOfOutput("1|1|unix|/nowhere/socket\n");
    expect(error).toMatchObject({ code: "CM_HANDSHAKE_PROTOCOL" });
    expect(error.message).toContain('"netrpc"');
  });

  it.each<{ name: string; script: Script }>([
    { name: "a line feed", script: { lineEnd: "\n" } },
    { name: "a carriage return and a line feed", script: { lineEnd: "\r\n" } },
    { name: "blanks around the whole line", script: { line: ` \t${fullLine}  ` } },
  ])("H7 accepts $name", async ({ script }) => {
    expect(await askScripted(createScriptedPool(script))).toBe("path->");
  });

  it.each([
    { name: "around the core version", line: "1 | 1|unix|/nowhere/socket|grpc|" },
    { name: "around the app version", line: "1| 1 |unix|/nowhere/socket|grpc|" },
    { name: "around the network", line: "1|1| unix |/nowhere/socket|grpc|" },
  ])("H8 rejects blanks $name", async ({ line }) => {
    expect(await errorOfOutput(`${line}\n`)).toMatchObject({ code: "CM_HANDSHAKE_MALFORMED" });
  });

  it.each([
    {
      name: "a banner",
      output: "Welcome to the plugin\n1|1|unix|/nowhere/socket|grpc|\n",
      quoted: "Welcome to the plugin",
    },
    { name: "an empty line", output: "\n1|1|unix|/nowhere/socket|grpc|\n", quoted: '""' },
    { name: "control characters", output: "\u001b[31mred\n", quoted: String.raw`\x1b[31mred` },
  ])("H9 quotes $name that is no handshake", async ({ output, quoted }) => {
    const error = await errorOfOutput(output);
    expect(error.code).toBe("CM_HANDSHAKE_MALFORMED");
    expect(error.message).toContain(quoted);
  });

  it("H10 tells exit code and end of stderr when stdout closes without a line", async () => {
    const error = await startError(createTestPool({ stores: { SCRIPTED: { path: badPlugin("exits-early") } } }));
    expect(error.code).toBe("CM_PLUGIN_EXITED_EARLY");
    expect(error.message).toBe(
      'the plugin of "SCRIPTED" exited with code 3 before its handshake: simulated: no credentials',
    );
    expect(error.details).toMatchObject({
      exitCode: 3,
      stderr: ["simulated: no credentials"],
      format: "script",
      mode: "0755",
    });
  });

  it("H11 gives up a plugin without a line after the time-out, and kills it", async () => {
    const test = createTestPool({ stores: { SCRIPTED: { path: badPlugin("no-line") } }, pluginStartTimeoutMs: 300 });
    const started = performance.now();
    const error = await startError(test);
    expect(error).toMatchObject({ code: "CM_PLUGIN_START_TIMEOUT" });
    expect(error.message).toContain("300 ms");
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it.each([
    { name: "another version", core: "2", code: "CM_HANDSHAKE_VERSION" },
    { name: "no number", core: "x", code: "CM_HANDSHAKE_MALFORMED" },
  ])("H12 says that it is the core protocol when it is $name", async ({ core, code }) => {
    const error = await errorOfOutput(`${core}|1|unix|/nowhere/socket|grpc|\n`);
    expect(error.code).toBe(code);
    expect(error.message).toContain("core protocol");
  });

  it("H13 names both sides when the app protocol version is another", async () => {
    const error = await errorOfOutput("1|7|unix|/nowhere/socket|grpc|\n");
    expect(error.code).toBe("CM_HANDSHAKE_VERSION");
    expect(error.message).toMatch(/app protocol version "7".*"2, 1"/);
  });

  it.each([
    { name: "another network", line: "1|1|udp|127.0.0.1:1|grpc|", code: "CM_HANDSHAKE_MALFORMED" },
    { name: "a network in capitals", line: "1|1|UNIX|/nowhere/socket|grpc|", code: "CM_HANDSHAKE_MALFORMED" },
    { name: "a protocol in capitals", line: "1|1|unix|/nowhere/socket|GRPC|", code: "CM_HANDSHAKE_PROTOCOL" },
  ])("H14 rejects $name", async ({ line, code }) => {
    expect(await errorOfOutput(`${line}\n`)).toMatchObject({ code });
  });

  it("H15 ignores a certificate of at most 50 characters", async () => {
    expect(await askScripted(createScriptedPool({ line: `1|1|{network}|{address}|grpc|${"A".repeat(50)}` }))).toBe(
      "path->",
    );
  });

  it("H16 says clearly that nobody asked for a certificate", async () => {
    const error = await errorOfOutput(`1|1|unix|/nowhere/socket|grpc|${"A".repeat(600)}\n`);
    expect(error.code).toBe("CM_HANDSHAKE_TLS");
    expect(error.message).toContain("although AutoMTLS is off");
  });

  it("H17 says clearly that the certificate is missing", async () => {
    const file = printingPlugin(temporaryFolder(), "1|1|unix|/nowhere/socket|grpc|\n");
    const error = await startError(createTestPool({ stores: { SCRIPTED: { path: file } }, mtls: "always" }));
    expect(error.code).toBe("CM_HANDSHAKE_TLS");
    expect(error.message).toContain("no certificate");
  });
});

describe("H42 a file that cannot be run", () => {
  // A machine that this is not, in an ELF header that is right.
  const foreign = Buffer.alloc(64);
  foreign.write("\x7fELF\x02\x01\x01", "latin1");
  foreign.writeUInt16LE(2, 16);
  foreign.writeUInt16LE(process.arch === "s390x" ? 62 : 22, 18);

  it.each([
    {
      name: "H42 without a first line for an interpreter",
      text: "echo ran > ran\n",
      says: 'text without a first line "#!"',
    },
    { name: "that is empty", text: "", says: "an empty file" },
    { name: "that is a web page", text: "<!DOCTYPE html>\n<title>404</title>\n", says: "a web page" },
    {
      name: "H42 with an interpreter that is not there",
      text: "#!/nowhere/interpreter\n",
      says: '"/nowhere/interpreter"',
    },
    { name: "with Windows line ends", text: "#!/bin/sh\r\necho ran > ran\r\n", says: "Windows line ends" },
    { name: "for another machine", text: foreign, says: "does not run" },
  ])("H42 refuses, without a shell, a file $name", async ({ text, says }) => {
    const test = poolFor((folder) => writeExecutable(folder, "plugin", text));
    const error = await startError(test);
    expect(error.code).toBe("CM_PLUGIN_NOT_EXECUTABLE");
    expect(error.message).toContain(says);
    expect(test.records.filter(({ message }) => message === "plugin log")).toEqual([]);
  });

  it("H42 names the path of a file that is missing", async () => {
    const error = await startError(poolFor((folder) => join(folder, "missing")));
    expect(error.code).toBe("CM_PLUGIN_NOT_FOUND");
    expect(error.message).toMatch(/\/missing"/);
  });

  it("H42 says what to type when the execute bit is missing", async () => {
    const error = await startError(poolFor((folder) => writeExecutable(folder, "plugin", "#!/bin/sh\n", 0o644)));
    expect(error).toMatchObject({
      code: "CM_PLUGIN_NOT_EXECUTABLE",
      hint: expect.stringMatching(/^chmod 755 /) as string,
    });
  });

  it("H42 says that it is a folder", async () => {
    const error = await startError(poolFor((folder) => folder));
    expect(error.message).toContain("is not a regular file");
  });

  it("H42 waits for a file that somebody still writes", async () => {
    const { open } = await import("node:fs/promises");
    const folder = temporaryFolder();
    const copy = join(folder, "program");
    const { copyFileSync } = await import("node:fs");
    // A script is never busy; the program it is must be.
    copyFileSync("/bin/echo", copy);
    chmodSync(copy, 0o755);
    const writer = await open(copy, "r+");
    const started = startError(createTestPool({ stores: { SCRIPTED: { path: copy } } }));
    setTimeout(() => void writer.close(), 120);
    expect(await started).toMatchObject({ code: "CM_HANDSHAKE_MALFORMED" });
  });

  it("H42 says that a file is written for too long", async () => {
    const { open } = await import("node:fs/promises");
    const { copyFileSync } = await import("node:fs");
    const copy = join(temporaryFolder(), "program");
    copyFileSync("/bin/echo", copy);
    chmodSync(copy, 0o755);
    const writer = await open(copy, "r+");
    const error = await startError(createTestPool({ stores: { SCRIPTED: { path: copy } } }));
    await writer.close();
    expect(error).toMatchObject({ code: "CM_PLUGIN_NOT_EXECUTABLE", details: { errno: "ETXTBSY" } });
  });
});

function poolFor(make: (folder: string) => string): TestPool {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "in"));
  return createTestPool({ stores: { SCRIPTED: { path: make(join(folder, "in")) } } });
}

async function errorOfOutput(output: string): Promise<ConfigManagerError> {
  return startError(createTestPool({ stores: { SCRIPTED: { path: printingPlugin(temporaryFolder(), output) } } }));
}
