import { createHash } from "node:crypto";
import fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/helpers/test-pool.ts";
import { hashFile } from "./hash-file.ts";

function fileOf(bytes: Uint8Array | string): string {
  const file = join(temporaryFolder(), "plugin");
  fs.writeFileSync(file, bytes);
  return file;
}

const later = (): number => Date.now() + 60_000;

describe("hashFile", () => {
  it.each([0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_000_000])("hashes %i bytes", async (size) => {
    const bytes = Buffer.alloc(size, "0123456789abcdef\n");
    expect(await hashFile(fileOf(bytes))).toEqual({
      checksum: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
      stamp: undefined,
    });
  });

  /** Puts another file into its place, when it is open already. */
  const replacing = (file: string, times: number): (() => number) => {
    let time = 0;
    return () => {
      if (time++ < times) {
        fs.writeFileSync(`${file}.new`, `number ${time}`);
        fs.renameSync(`${file}.new`, file);
      }
      return later();
    };
  };

  it("hashes the file that has taken the place of the one that it was reading", async () => {
    const file = fileOf("number 0");
    const { checksum, stamp } = await hashFile(file, { now: replacing(file, 2) });
    expect(checksum).toBe(`sha256:${createHash("sha256").update("number 2").digest("hex")}`);
    expect(stamp).toContain(`:${fs.statSync(file).ino}:`);
  });

  it("gives up on a file that never stays", async () => {
    const file = fileOf("number 0");
    await expect(hashFile(file, { now: replacing(file, 3) })).rejects.toMatchObject({
      code: "CM_CHECKSUM_MISMATCH",
      message: `the plugin file "${file}" changes while it is read`,
    });
  });

  it("says that there is no file", async () => {
    await expect(hashFile("/nowhere/at/all")).rejects.toMatchObject({
      code: "CM_CHECKSUM_MISMATCH",
      message: 'the plugin file "/nowhere/at/all" cannot be read (ENOENT)',
    });
  });

  it("is ended by its signal", async () => {
    const reason = new Error("no longer wanted");
    await expect(hashFile(fileOf("x"), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
