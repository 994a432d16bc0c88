import { describe, expect, it } from "vitest";
import { parseSums, platformsIn, pluginFileName, pluginFileOf, pluginNamesIn } from "./sums-text.ts";

const a = "a".repeat(64);
const b = "b".repeat(64);

describe("parseSums", () => {
  it.each([
    { name: "text mode", text: `${a}  x-linux-amd64\n` },
    { name: "binary mode", text: `${a} *x-linux-amd64\n` },
    { name: "digits in capitals, Windows line ends and no last one", text: `\r\n${a.toUpperCase()}  x-linux-amd64` },
    { name: "names seen from the folder", text: `${a}  ./x-linux-amd64\n` },
    { name: "BSD's form", text: `SHA256 (x-linux-amd64) = ${a}\n` },
    { name: "a comment, and a line that stands twice", text: `# release\n${a}  x-linux-amd64\n${a}  x-linux-amd64\n` },
  ])("reads $name", ({ text }) => {
    expect([...parseSums(text)!]).toEqual([["x-linux-amd64", `sha256:${a}`]]);
  });

  it.each([
    { name: "nothing", text: "" },
    { name: "a web page", text: "<!DOCTYPE html>\n" },
    { name: "another length of checksum", text: `${a.slice(1)}  x\n` },
    { name: "a list and then something else", text: `${a}  x\nnot found\n` },
    { name: "two checksums for one file", text: `${a}  x\n${b}  x\n` },
  ])("refuses $name", ({ text }) => {
    expect(parseSums(text)).toBeUndefined();
  });
});

describe("the files of plugins", () => {
  it.each([
    { fileName: "vault-linux-amd64", expected: { name: "vault", platform: "linux-amd64" } },
    { fileName: "my_store-windows-arm64.exe", expected: { name: "my_store", platform: "windows-arm64" } },
    { fileName: "vault-linux-amd64-musl", expected: { name: "vault", platform: "linux-amd64-musl" } },
    { fileName: "vault-windows-amd64", expected: undefined },
    { fileName: "vault-linux-amd64.exe", expected: undefined },
    { fileName: "vault-linux-amd64.tar.gz", expected: undefined },
    { fileName: "my-store-linux-amd64", expected: { name: "my", platform: "store-linux-amd64" } },
    { fileName: "../vault-linux-amd64", expected: undefined },
    { fileName: "SHA256SUMS.minisig", expected: undefined },
    { fileName: "1st-linux-amd64", expected: undefined },
  ])("$fileName", ({ fileName, expected }) => {
    expect(pluginFileOf(fileName)).toEqual(expected);
    if (expected !== undefined) expect(pluginFileName(expected.name, expected.platform)).toBe(fileName);
  });

  it("are found by the plugin's name", () => {
    const sums = parseSums(`${a}  x-linux-amd64\n${b}  x-darwin-arm64\n${a}  xy-linux-amd64\n${a}  README\n`)!;
    expect([...platformsIn(sums, "x")]).toEqual([
      ["linux-amd64", `sha256:${a}`],
      ["darwin-arm64", `sha256:${b}`],
    ]);
    expect(pluginNamesIn(sums.keys())).toEqual(["x", "xy"]);
  });
});
