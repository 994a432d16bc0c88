import { readFileSync } from "node:fs";
import process from "node:process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readExecutableFormat } from "./executable-format.ts";

describe("readExecutableFormat", () => {
  it("knows the program that runs this test", () => {
    const head = readFileSync(process.execPath).subarray(0, 4096);
    expect(readExecutableFormat(head)).toMatchObject({
      architectures: expect.arrayContaining([process.arch]) as string[],
    });
  });

  it.each([
    { name: "ELF for amd64", head: elf(62), expected: { kind: "elf", architectures: ["x64"] } },
    { name: "ELF for arm64", head: elf(183), expected: { kind: "elf", architectures: ["arm64"] } },
    { name: "ELF with the high byte first", head: elf(22, true), expected: { kind: "elf", architectures: ["s390x"] } },
    { name: "ELF for something unknown", head: elf(9999), expected: { kind: "elf", architectures: ["machine 9999"] } },
    {
      name: "Mach-O for arm64",
      head: words("cffaedfe0c000001"),
      expected: { kind: "mach-o", architectures: ["arm64"] },
    },
    {
      name: "Mach-O for two",
      head: fat(0x1000007, 0x100000c),
      expected: { kind: "mach-o", architectures: ["x64", "arm64"] },
    },
    { name: "PE for amd64", head: pe(0x8664), expected: { kind: "pe", architectures: ["x64"] } },
    { name: "PE for arm64", head: pe(0xaa64), expected: { kind: "pe", architectures: ["arm64"] } },
    {
      name: "a DOS program",
      head: Buffer.concat([Buffer.from("MZ"), Buffer.alloc(70)]),
      expected: { kind: "unknown", looksLike: "a DOS program" },
    },
    {
      name: "a script",
      head: Buffer.from("#!/usr/bin/env node\n"),
      expected: { kind: "script", interpreter: "/usr/bin/env" },
    },
    {
      name: "a script with a blank",
      head: Buffer.from("#! /bin/sh -e"),
      expected: { kind: "script", interpreter: "/bin/sh" },
    },
    {
      name: "a script with Windows line ends",
      head: Buffer.from("#!/bin/sh\r\n"),
      expected: { kind: "script", interpreter: "/bin/sh\r" },
    },
    { name: "nothing", head: Buffer.alloc(0), expected: { kind: "unknown", looksLike: "an empty file" } },
    {
      name: "one byte",
      head: Buffer.from("x"),
      expected: { kind: "unknown", looksLike: 'text without a first line "#!"' },
    },
    {
      name: "a web page",
      head: Buffer.from("\n<!DOCTYPE html>"),
      expected: { kind: "unknown", looksLike: "a web page" },
    },
    { name: "gzip", head: words("1f8b0800"), expected: { kind: "unknown", looksLike: "an archive" } },
    {
      name: "a Java class",
      head: words("cafebabe00000041"),
      expected: { kind: "unknown", looksLike: "data of an unknown kind" },
    },
  ])("takes $name for what it is", ({ head, expected }) => {
    expect(readExecutableFormat(head)).toEqual(expected);
  });

  it("never throws", () => {
    const starts = ["", "\x7fELF", "MZ", "#!", "\xca\xfe\xba\xbe\0\0\0\x02", "\xcf\xfa\xed\xfe"].map((text) =>
      Buffer.from(text, "latin1"),
    );
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }), (start, rest) => {
        readExecutableFormat(Buffer.concat([start, rest]));
      }),
      { numRuns: 20_000 },
    );
  });
});

function elf(machine: number, isBigEndian = false): Buffer {
  const head = Buffer.alloc(64);
  head.write("\x7fELF", "latin1");
  head[5] = isBigEndian ? 2 : 1;
  if (isBigEndian) head.writeUInt16BE(machine, 18);
  else head.writeUInt16LE(machine, 18);
  return head;
}

function fat(...types: number[]): Buffer {
  const head = Buffer.alloc(8 + types.length * 20);
  head.writeUInt32BE(0xcafebabe, 0);
  head.writeUInt32BE(types.length, 4);
  for (const [index, type] of types.entries()) head.writeUInt32BE(type, 8 + index * 20);
  return head;
}

function pe(machine: number): Buffer {
  const head = Buffer.alloc(256);
  head.write("MZ");
  head.writeUInt32LE(128, 0x3c);
  head.write("PE\0\0", 128);
  head.writeUInt16LE(machine, 132);
  return head;
}

function words(hex: string): Buffer {
  return Buffer.from(hex, "hex");
}
