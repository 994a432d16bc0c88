import { describe, expect, it } from "vitest";
import { type ErrorCode, exitCodeOf } from "../errors/codes.ts";
import { isSoftened } from "./soften.ts";

const strict = { lax: false, laxAll: false };
const lax = { lax: true, laxAll: false };
const laxAll = { lax: false, laxAll: true };
const isCode = (name: string): name is ErrorCode => Object.hasOwn(exitCodeOf, name);
const codes = Object.keys(exitCodeOf).filter(isCode);
const softenedBy = (softening: typeof strict): ErrorCode[] => codes.filter((code) => isSoftened({ code }, softening));

describe("isSoftened", () => {
  it("softens nothing unless asked to", () => {
    expect(softenedBy(strict)).toEqual([]);
  });

  it("softens what is not there with --lax, and nothing else", () => {
    expect(softenedBy(lax)).toEqual(["CM_STORE_NOT_FOUND", "CM_KEY_PATH_NO_MATCH"]);
  });

  it("softens exit codes 4, 5 and 6 with --lax-all, but not CM_NAME_CONFLICT", () => {
    const expected = codes.filter((code) => [4, 5, 6].includes(exitCodeOf[code]) && code !== "CM_NAME_CONFLICT");
    expect(softenedBy(laxAll)).toEqual(expected);
    expect(expected).toEqual(
      expect.arrayContaining([
        "CM_STORE_NOT_FOUND",
        "CM_KEY_PATH_NO_MATCH",
        "CM_KEY_PATH_AMBIGUOUS",
        "CM_VALUE_NOT_JSON",
      ]),
    );
  });

  it("softens the same with both flags as with --lax-all", () => {
    expect(softenedBy({ lax: true, laxAll: true })).toEqual(softenedBy(laxAll));
  });

  it.each([1, 2, 3, 7, 8, 130])("never softens exit code %d", (exitCode) => {
    const hard = codes.filter((code) => exitCodeOf[code] === exitCode);
    expect(hard.length).toBeGreaterThan(0);
    expect(hard.filter((code) => isSoftened({ code }, { lax: true, laxAll: true }))).toEqual([]);
  });
});
