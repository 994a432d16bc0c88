import { describe, expect, it } from "vitest";
import { splitHostKeys } from "./host-keys.ts";
import { type MetadataPair, readMetadata } from "./metadata.ts";

function pairsOf(inside: string): readonly MetadataPair[] {
  const reading = readMetadata(Buffer.from(inside), 0, Buffer.byteLength(inside));
  return reading.ok ? reading.pairs : [];
}

describe("splitHostKeys", () => {
  it.each([
    {
      name: "no pairs",
      inside: "",
      expected: { metadata: [], rawMetadata: "", defaultText: undefined, transforms: [] },
    },
    {
      name: "a plugin's pairs alone",
      inside: "b=%25,a=2",
      expected: {
        metadata: [
          ["b", "%"],
          ["a", "2"],
        ],
        rawMetadata: "b=%25,a=2",
        defaultText: undefined,
        transforms: [],
      },
    },
    {
      name: "the host's keys alone",
      inside: "default=a%2Cb,as=url",
      expected: { metadata: [], rawMetadata: "", defaultText: "a,b", transforms: ["url"] },
    },
    {
      name: "every change there is, in the order written",
      inside: "as=trim+base64decode+json+url+base64+trim",
      expected: {
        metadata: [],
        rawMetadata: "",
        defaultText: undefined,
        transforms: ["trim", "base64decode", "json", "url", "base64", "trim"],
      },
    },
    {
      name: "the host's keys in any case, between others",
      inside: "k=v,DEFAULT=,As=json,l=w",
      expected: {
        metadata: [
          ["k", "v"],
          ["l", "w"],
        ],
        rawMetadata: "k=v,l=w",
        defaultText: "",
        transforms: ["json"],
      },
    },
    {
      name: "keys that only begin like the host's",
      inside: "defaults=1,as.x=2",
      expected: {
        metadata: [
          ["defaults", "1"],
          ["as.x", "2"],
        ],
        rawMetadata: "defaults=1,as.x=2",
        defaultText: undefined,
        transforms: [],
      },
    },
  ])("splits $name", ({ inside, expected }) => {
    const split = splitHostKeys(pairsOf(inside));
    expect("message" in split ? split : { ...split, metadata: [...split.metadata] }).toEqual(expected);
  });

  it.each([
    {
      name: "an unknown change",
      inside: "as=rot13",
      message: 'metadata "as" names the unknown change "rot13"',
      start: 3,
      end: 8,
    },
    { name: "no change at all", inside: "as=", message: 'metadata "as" names the unknown change ""', start: 3, end: 3 },
    {
      name: "a change in another case",
      inside: "as=Trim",
      message: 'metadata "as" names the unknown change "Trim"',
      start: 3,
      end: 7,
    },
    {
      name: "an empty part",
      inside: "k=v,as=trim+",
      message: 'metadata "as" names the unknown change ""',
      start: 7,
      end: 12,
    },
    {
      name: "a very long one",
      inside: `as=${"x".repeat(100)}`,
      message: `metadata "as" names the unknown change "${"x".repeat(60)}…"`,
      start: 3,
      end: 103,
    },
  ])("refuses $name", ({ inside, message, start, end }) => {
    expect(splitHostKeys(pairsOf(inside))).toMatchObject({ message, start, end });
  });
});
