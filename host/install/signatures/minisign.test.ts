import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../../test/helpers/source-files.ts";
import { type MinisignKey, minisignKeyId, parseMinisignKey, verifyMinisign } from "./minisign.ts";

// What minisign itself has written: see the README there.
const fixture = (name: string): Buffer => readFileSync(join(root, "test", "fixtures", "minisign", name));
const keyIn = (name: string): MinisignKey => parseMinisignKey(fixture(name).toString())!;
const key = keyIn("key.pub");
const sums = fixture("SHA256SUMS");
const signature = fixture("SHA256SUMS.minisig").toString();
const comment = "timestamp:1790000000\tfile:SHA256SUMS\thashed";

function outcome(bytes: Uint8Array, file: string | Uint8Array, own: MinisignKey = key): unknown {
  try {
    return verifyMinisign(bytes, Buffer.from(file as string), own, "SHA256SUMS").trustedComment;
  } catch (error) {
    const { code, message } = error as { readonly code: string; readonly message: string };
    return `${code}: ${message}`;
  }
}

/** The signature file with another line in the place of one. */
function withLine(number: number, change: (line: string) => string): string {
  return signature
    .split("\n")
    .map((line, index) => (index === number ? change(line) : line))
    .join("\n");
}

/** The base64 of a line with one bit of one byte turned. */
function turned(at: number): (line: string) => string {
  return (line) => {
    const bytes = Buffer.from(line, "base64");
    bytes[at]! ^= 1;
    return bytes.toString("base64");
  };
}

describe("verifyMinisign", () => {
  it("takes a signature over the hash, and the older kind over the bytes", () => {
    expect(outcome(sums, signature)).toBe(comment);
    expect(outcome(sums, fixture("legacy.minisig"))).toMatch(/^timestamp:\d+\tfile:SHA256SUMS$/);
  });

  it("takes one with Windows line ends, or without the last", () => {
    expect(outcome(sums, signature.replaceAll("\n", "\r\n"))).toBe(comment);
    expect(outcome(sums, signature.trimEnd())).toBe(comment);
  });

  it.each([
    { name: "a byte is changed", bytes: Buffer.from(sums.toString().replace("a", "b")) },
    { name: "a byte is left out", bytes: sums.subarray(1) },
    { name: "nothing is left", bytes: Buffer.alloc(0) },
  ])("refuses it when $name of the file", ({ bytes }) => {
    const message = 'CM_SIGNATURE_INVALID: "SHA256SUMS" is not what was signed with the key 8BC36AB9E6DB824D';
    expect(outcome(bytes, signature)).toBe(message);
    expect(outcome(bytes, fixture("legacy.minisig"))).toBe(message);
  });

  it("refuses that of another file with the same key", () => {
    expect(outcome(sums, fixture("another.minisig"))).toBe(
      'CM_SIGNATURE_INVALID: "SHA256SUMS" is not what was signed with the key 8BC36AB9E6DB824D',
    );
  });

  it("refuses that of another key, and one that only says it was of this", () => {
    expect(outcome(sums, fixture("other.minisig"))).toBe(
      'CM_SIGNATURE_INVALID: "SHA256SUMS" is signed with the key DB7525339D4C47D5, and 8BC36AB9E6DB824D is demanded',
    );
    const id = Buffer.from(key.text, "base64").subarray(2, 10);
    const renamed = fixture("other.minisig")
      .toString()
      .split("\n")
      .map((line, index) => {
        if (index !== 1) return line;
        const bytes = Buffer.from(line, "base64");
        id.copy(bytes, 2);
        return bytes.toString("base64");
      });
    expect(outcome(sums, renamed.join("\n"))).toMatch(/^CM_SIGNATURE_INVALID: "SHA256SUMS" is not what was signed/);
  });

  it.each([
    { name: "the signature", line: 1, change: turned(73), message: /is not what was signed with the key/ },
    {
      name: "the trusted comment",
      line: 2,
      change: () => `trusted comment: ${comment}!`,
      message: /^\S+ the comment of/,
    },
    { name: "the signature of the comment", line: 3, change: turned(0), message: /^\S+ the comment of/ },
  ])("refuses it when $name is changed", ({ line, change, message }) => {
    expect(outcome(sums, withLine(line, change))).toMatch(message);
  });

  it.each([
    { what: "nothing", file: "" },
    { what: "a page", file: "<!doctype html><p>not found" },
    { what: "a part", file: signature.slice(0, 150) },
    { what: "more lines", file: `${signature}more\n` },
    { what: "another first line", file: withLine(0, (line) => line.slice(1)) },
    { what: "an unknown algorithm", file: withLine(1, turned(0)) },
    { what: "a blank behind the base64", file: withLine(1, (line) => `${line} `) },
    { what: "too little base64", file: withLine(1, (line) => line.replace(/.$/, "")) },
    { what: "no trusted comment", file: withLine(2, () => comment) },
    { what: "what is no UTF-8", file: Buffer.concat([Buffer.from([0xff]), Buffer.from(signature)]) },
  ])("$what is no signature", ({ file }) => {
    expect(outcome(sums, file)).toBe('CM_SIGNATURE_INVALID: "SHA256SUMS.minisig" is not a signature of minisign\'s');
  });
});

describe("parseMinisignKey", () => {
  it("reads the line alone, and minisign's file", () => {
    const file = fixture("key.pub").toString();
    const line = file.split("\n")[1]!;
    const expected = { kind: "minisign", text: line };
    expect([line, `${line}\n`, file, file.replaceAll("\n", "\r\n")].map(parseMinisignKey)).toEqual(
      Array.from({ length: 4 }, () => expected),
    );
    expect(minisignKeyId({ kind: "minisign", text: line })).toBe("8BC36AB9E6DB824D");
  });

  it.each(["", "RW", `${key.text}=`, key.text.slice(1), `x${key.text.slice(1)}`, `a\n${key.text}`, `${key.text}\nb`])(
    "%j is none",
    (text) => {
      expect(parseMinisignKey(text)).toBeUndefined();
    },
  );
});
