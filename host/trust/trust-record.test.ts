import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/helpers/test-pool.ts";
import { readTrusted, type RecordContext, trustRecordOf, updateTrusted } from "./trust-record.ts";

function contextOf(home: string | undefined = temporaryFolder()): RecordContext {
  return { home, uid: process.getuid?.(), platform: process.platform };
}

/** A home folder with this record. */
function withRecord(text: string, mode = 0o600): RecordContext {
  const context = contextOf();
  const file = trustRecordOf(context);
  mkdirSync(join(context.home!, ".configmanager"));
  writeFileSync(file, text);
  chmodSync(file, mode);
  return context;
}

describe("the record of trusted folders", () => {
  it("is empty where there is none, or no home folder", () => {
    expect([...readTrusted(contextOf())]).toEqual([]);
    expect([...readTrusted({ home: undefined, uid: 0, platform: "linux" })]).toEqual([]);
  });

  it("is made with its folder, for nobody else to read, and read back", async () => {
    const context = contextOf();
    await updateTrusted(context, () => ["/b", "/a", "/b"]);
    expect(statSync(trustRecordOf(context)).mode & 0o777).toBe(0o600);
    expect(readFileSync(trustRecordOf(context), "utf8")).toBe(
      '{\n  "version": 1,\n  "folders": [\n    "/a",\n    "/b"\n  ]\n}\n',
    );
    expect([...readTrusted(context)]).toEqual(["/a", "/b"]);
  });

  it("loses no change of many at once", async () => {
    const context = contextOf();
    const names = Array.from({ length: 20 }, (_, index) => `/folder-${index}`);
    await Promise.all(names.map((name) => updateTrusted(context, (folders) => [...folders, name])));
    expect([...readTrusted(context)]).toEqual(names.toSorted());
  });

  it("may be a link, which stays one", async () => {
    const context = contextOf();
    const elsewhere = join(temporaryFolder(), "kept.json");
    writeFileSync(elsewhere, '{ "version": 1, "folders": [] }', { mode: 0o600 });
    mkdirSync(join(context.home!, ".configmanager"));
    symlinkSync(elsewhere, trustRecordOf(context));
    await updateTrusted(context, () => ["/a"]);
    expect(readFileSync(elsewhere, "utf8")).toContain('"/a"');
  });

  it.each([
    { text: "", reason: "is not JSON" },
    { text: "[]", reason: 'has no "version": 1' },
    { text: '{ "version": 2, "folders": [] }', reason: 'has no "version": 1' },
    { text: '{ "version": 1 }', reason: 'has no "folders" that are all absolute paths' },
    { text: '{ "version": 1, "folders": ["relative"] }', reason: 'has no "folders" that are all absolute paths' },
    { text: '{ "version": 1, "folders": [1] }', reason: 'has no "folders" that are all absolute paths' },
    { text: '{ "version": 1, "folders": [], "all": true }', reason: 'has a key "all", of which nothing is known' },
  ])("is refused, and not written over, when it is $text", async ({ text, reason }) => {
    const context = withRecord(text);
    const message = `the record of trusted folders, "${trustRecordOf(context)}", ${reason}`;
    expect(() => readTrusted(context)).toThrow(expect.objectContaining({ code: "CM_CONFIG_INVALID", message }));
    await expect(updateTrusted(context, () => ["/a"])).rejects.toMatchObject({ code: "CM_CONFIG_INVALID" });
    expect(readFileSync(trustRecordOf(context), "utf8")).toBe(text);
  });

  it.skipIf(process.platform === "win32").each([0o620, 0o602])("is refused with mode %o", (mode) => {
    const context = withRecord('{ "version": 1, "folders": ["/a"] }', mode);
    expect(() => readTrusted(context)).toThrow(
      expect.objectContaining({
        code: "CM_PLUGIN_UNTRUSTED",
        message: expect.stringContaining("can be written by others") as string,
      }),
    );
  });

  it.skipIf(process.getuid?.() !== 0)("is refused when it is somebody else's", () => {
    const context = withRecord('{ "version": 1, "folders": ["/a"] }');
    const file = trustRecordOf(context);
    // Root may write all; it is the file's owner that counts.
    chownSync(file, 12_345, 12_345);
    expect(() => readTrusted(context)).toThrow(/belongs to the user 12345, neither to you nor to root/);
  });

  it("cannot be kept without a home folder", () => {
    expect(() => trustRecordOf({ home: undefined })).toThrow(expect.objectContaining({ code: "CM_USAGE" }));
  });
});
