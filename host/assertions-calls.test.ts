/** The numbered assertions of go-plugin-protocol.md, section 11.1: calls, what is printed, and how plugins crash. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { goStore, itWithGo } from "../test/helpers/go-plugin.ts";
import { readNotes } from "../test/helpers/scripted-plugin.ts";
import {
  askScripted,
  createScriptedPool,
  createTestPool,
  temporaryFolder,
  textOrError,
} from "../test/helpers/test-pool.ts";

const mebibyte = 1024 * 1024;

describe("what a plugin prints", () => {
  it.each([
    { name: "in short lines", after: { lines: 10 * 1024, lineBytes: 1024 } },
    { name: "in lines of more than 64 KiB", after: { lines: 100, lineBytes: 105_000 } },
    { name: "in one line", after: { lines: 1, lineBytes: 10 * mebibyte } },
  ])("H22 drains 10 MiB of stdout behind the handshake, $name", async ({ after }) => {
    // The path is answered only when the plugin has got rid of all of it.
    expect(await askScripted(createScriptedPool({ after }), "after")).toBe("after->");
  });

  it("H40 takes whatever comes on stderr", async () => {
    const lines = [
      '{"@level":"warn","@message":"a record","@timestamp":"2026-01-02T03:04:05.123456Z","number":7}',
      '{"@level":"info","@message":7,"@timestamp":"2026-01-02T03:04:05.123456Z"}',
      '{"@message":{"no":"string"}}',
      "{ no json",
      "[ERROR] with a prefix",
      "panic: simulated",
      "goroutine 1 [running]:",
      "y".repeat(200_000),
      "\u00ff\u00fe\u0080 invalid in UTF-8",
      "\u001b]0;title\u0007 and \u0000",
      "without a line feed",
    ];
    const stderrFrom = join(temporaryFolder(), "stderr");
    writeFileSync(stderrFrom, lines.join("\n"), "latin1");
    const test = createScriptedPool({ stderrFrom });
    expect(await askScripted(test)).toBe("path->");
    await test.pool[Symbol.asyncDispose]();
    const said = test.records.filter(({ message }) => message === "plugin log");
    expect(said).toContainEqual(
      expect.objectContaining({
        level: "warn",
        fields: expect.objectContaining({ text: "a record", number: 7 }) as object,
      }),
    );
    expect(levelOf("[ERROR] with a prefix")).toBe("error");
    expect(levelOf("goroutine 1 [running]:")).toBe("error");
    expect(levelOf('{"@level":"info","@message":7,"@timestamp":"2026-01-02T03:04:05.123456Z"}')).toBe("debug");
    expect(said.map(({ fields }) => fields["text"]).join("")).toContain("y".repeat(200_000));
    expect(levelOf("without a line feed")).toBe("error");

    function levelOf(text: string): string | undefined {
      return said.find(({ fields }) => fields["text"] === text)?.level;
    }
  });

  itWithGo("H40 hands on the records of a Go plugin at their levels", async () => {
    const test = createTestPool({ stores: { SCRIPTED: goStore() } });
    await askScripted(test, "log");
    await test.pool[Symbol.asyncDispose]();
    const levels = test.records
      .filter(({ fields }) => fields["text"] === "simulated log line")
      .map(({ level }) => level);
    expect(levels).toEqual(["trace", "debug", "info", "warn", "error"]);
  });

  it("says nothing of it where debug is not logged", async () => {
    const stderrFrom = join(temporaryFolder(), "stderr");
    writeFileSync(stderrFrom, "[ERROR] something\n");
    const test = createScriptedPool({ stderrFrom }, { isQuiet: true });
    expect(await askScripted(test)).toBe("path->");
    expect(test.records).toEqual([]);
  });
});

describe("calls", () => {
  it("H26 receives a value of 6 MiB", async () => {
    expect(await askScripted(createScriptedPool({}), `big/${6 * mebibyte}`)).toHaveLength(6 * mebibyte);
  });

  itWithGo("H26 receives a value of 6 MiB from a Go plugin", async () => {
    expect(await askScripted(createTestPool({ stores: { SCRIPTED: goStore() } }), `big/${6 * mebibyte}`)).toHaveLength(
      6 * mebibyte,
    );
  });

  it("H27 gives every call a deadline, which the plugin sees", async () => {
    const notesTo = join(temporaryFolder(), "notes");
    const test = createScriptedPool({ notesTo }, { timeoutMs: 12_345 });
    await test.ask("SCRIPTED", ["a", "b", "c"]);
    const deadlines = readNotes(notesTo)
      .filter(({ event }) => event.startsWith("value"))
      .map((note) => note["deadlineMs"]);
    expect(deadlines).toHaveLength(3);
    for (const deadline of deadlines) {
      expect(deadline).toBeGreaterThan(5000);
      expect(deadline).toBeLessThanOrEqual(12_400);
    }
  });

  it("H27 fails a call alone that is not answered in time", async () => {
    const test = createScriptedPool({}, { timeoutMs: 300 });
    const [hung, answered] = await test.ask("SCRIPTED", ["hang", "path"]);
    expect(textOrError(answered)).toBe("path->");
    expect(textOrError(hung)).toMatchObject({
      code: "CM_STORE_TIMEOUT",
      message: '"hang" of "SCRIPTED" was not answered in time: nothing came for 300 ms',
    });
  });

  it.each([
    { path: "code/5", code: "CM_STORE_NOT_FOUND" },
    { path: "code/7", code: "CM_STORE_DENIED" },
    { path: "code/16", code: "CM_STORE_DENIED" },
    { path: "code/3", code: "CM_STORE_BAD_REQUEST" },
    { path: "code/9", code: "CM_STORE_BAD_REQUEST" },
    { path: "code/11", code: "CM_STORE_BAD_REQUEST" },
    { path: "code/14", code: "CM_STORE_UNAVAILABLE" },
    { path: "code/8", code: "CM_STORE_UNAVAILABLE" },
    { path: "code/4", code: "CM_STORE_TIMEOUT" },
    { path: "code/12", code: "CM_PLUGIN_UNSUPPORTED" },
    { path: "code/2", code: "CM_STORE_FAILED" },
    { path: "code/13", code: "CM_STORE_FAILED" },
    { path: "code/1", code: "CM_STORE_FAILED" },
  ])("an answer with the status of $path is $code", async ({ path, code }) => {
    const error = await askScripted(createScriptedPool({}), path);
    expect(error).toMatchObject({ code, message: expect.stringContaining("simulated failure") as string });
  });

  it("a plugin's message is escaped and cut off", async () => {
    const message = JSON.stringify(`\u001b[2J::add-mask::é\n${"z".repeat(5000)}`);
    const error = await askScripted(createScriptedPool({ message }), "message");
    expect(error).toMatchObject({
      code: "CM_STORE_FAILED",
      message: expect.stringContaining(String.raw`\x1b[2J::add-mask::é\nzzz`) as string,
    });
    expect((error as Error).message.length).toBeLessThan(1200);
  });

  it("a value that is not UTF-8 is the plugin's fault", async () => {
    const error = await askScripted(createScriptedPool({}), "raw/0a02fffe");
    expect(error).toMatchObject({ code: "CM_PLUGIN_MISBEHAVED" });
  });

  it("a plugin without the store's service is unsupported", async () => {
    expect(await askScripted(createScriptedPool({ without: ["store"] }))).toMatchObject({
      code: "CM_PLUGIN_UNSUPPORTED",
    });
  });
});

describe("a plugin that ends in the middle of a call", () => {
  it("H35 is named with exit code and end of stderr, for every request", async () => {
    const test = createScriptedPool({});
    const answers = await test.ask("SCRIPTED", ["hang", "exit/3", "hang"]);
    expect(answers).toHaveLength(3);
    for (const answer of answers) {
      expect(textOrError(answer)).toMatchObject({
        code: "CM_PLUGIN_CRASHED",
        message: 'the plugin of "SCRIPTED" exited with code 3 while it was asked: simulated last words',
        details: { exitCode: 3, stderr: ["simulated last words"] },
      });
    }
  });

  it("H35 is named with the signal", async () => {
    expect(await askScripted(createScriptedPool({}), "die/now")).toMatchObject({
      code: "CM_PLUGIN_CRASHED",
      message: 'the plugin of "SCRIPTED" was ended by SIGKILL while it was asked',
      details: { signal: "SIGKILL" },
    });
  });

  itWithGo.each([
    { path: "panic", says: /exited with code 2 while it was asked: panic: simulated panic/ },
    { path: "exit", says: /exited with code 3 while it was asked/ },
  ])("H35 names a Go plugin that meets its end at $path", async ({ path, says }) => {
    const error = await askScripted(createTestPool({ stores: { SCRIPTED: goStore() } }), path);
    expect(error).toMatchObject({ code: "CM_PLUGIN_CRASHED", message: expect.stringMatching(says) as string });
  });

  it("is of no more use when it closes its connection and lives on", async () => {
    const test = createScriptedPool({});
    const error = await askScripted(test, "disconnect");
    expect(error).toMatchObject({
      code: "CM_PLUGIN_CRASHED",
      message: 'the plugin of "SCRIPTED" closed its connection while it was asked',
    });
    expect(await askScripted(test)).toBe("path->");
  });

  it("is launched anew for the next question", async () => {
    const test = createScriptedPool({});
    expect(await askScripted(test, "exit/3")).toMatchObject({ code: "CM_PLUGIN_CRASHED" });
    const store = await test.pool.store("SCRIPTED");
    const [answer] = await store.getValues([{ path: "path", metadata: new Map(), rawMetadata: "" }]);
    expect(textOrError(answer)).toBe("path->");
  });
});
