import { describe, expect, it } from "vitest";
import { mergeLocked } from "./merge-locked.ts";
import type { Checksum, LockedDescription, LockedPlugin } from "./plugin-lock.ts";

const sum = (digit: string): Checksum => `sha256:${digit.repeat(64)}`;
const sums = (by: Readonly<Record<string, string>>): ReadonlyMap<string, Checksum> =>
  new Map(Object.entries(by).map(([platform, digit]) => [platform, sum(digit)]));
const described: LockedDescription = { appProtocol: 2, version: "1" };
const ofSource = { version: "v1", source: "https://example.org", publicKey: "key" };

interface Case {
  readonly name: string;
  readonly before?: Omit<LockedPlugin, "name">;
  readonly found: Readonly<Record<string, string>>;
  readonly published?: Readonly<Record<string, string>>;
  readonly says?: LockedDescription;
  readonly expected: Omit<LockedPlugin, "name">;
}

const cases: readonly Case[] = [
  {
    name: "a new plugin is its files",
    found: { l: "a" },
    says: described,
    expected: { checksums: sums({ l: "a" }), described },
  },
  {
    name: "what somebody else has locked for another platform is kept",
    before: { checksums: sums({ l: "a", d: "b" }) },
    found: { l: "c" },
    expected: { checksums: sums({ l: "c", d: "b" }) },
  },
  {
    name: "what the source publishes for other platforms is added",
    before: { ...ofSource, checksums: sums({ l: "a" }) },
    found: { l: "a" },
    published: { l: "a", d: "b", w: "c" },
    expected: { ...ofSource, checksums: sums({ l: "a", d: "b", w: "c" }) },
  },
  {
    name: "a source that was not asked stays as it was locked",
    before: { ...ofSource, checksums: sums({ l: "a", d: "b" }), described },
    found: { l: "a" },
    expected: { ...ofSource, checksums: sums({ l: "a", d: "b" }), described },
  },
  {
    name: "a file that is not what its source publishes is nobody's but its own",
    before: { ...ofSource, checksums: sums({ l: "a", d: "b" }), described },
    found: { l: "c" },
    published: { l: "a", d: "b" },
    expected: { checksums: sums({ l: "c" }) },
  },
  {
    name: "a file of a platform that the source does not publish changes nothing of the others",
    before: { ...ofSource, checksums: sums({ l: "a" }) },
    found: { l: "a", p: "z" },
    published: { l: "a" },
    expected: { ...ofSource, checksums: sums({ l: "a", p: "z" }) },
  },
  {
    name: "what a file said that is no longer there is forgotten",
    before: { checksums: sums({ l: "a" }), described },
    found: { l: "b" },
    expected: { checksums: sums({ l: "b" }) },
  },
];

describe("mergeLocked", () => {
  it.each(cases)("$name", ({ before, found, published, says, expected }) => {
    const after = mergeLocked({
      name: "x",
      before: before && { name: "x", ...before },
      found: sums(found),
      published: published && sums(published),
      described: says,
    });
    expect(after).toEqual({ name: "x", ...expected });
  });
});
