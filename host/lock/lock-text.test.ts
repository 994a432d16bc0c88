import {
  assert,
  array,
  constantFrom,
  dictionary,
  letrec,
  oneof,
  option,
  property,
  record,
  string,
  stringMatching,
} from "fast-check";
import { describe, expect, it } from "vitest";
import { isConfigManagerError } from "../../internal/errors/errors.ts";
import { formatLock, parseLock, parseStrictly } from "./lock-text.ts";
import type { Checksum, LockedPlugin, PluginLock } from "./plugin-lock.ts";
import { quickLock } from "./quick-lock.ts";

const sum = (digit: string): `sha256:${string}` => `sha256:${digit.repeat(64)}`;

const full: LockedPlugin = {
  name: "vault",
  version: "v1.2.3",
  source: "https://example.org/releases",
  publicKey: "RWQf6LRCGA9i",
  checksums: new Map([
    ["windows-amd64", sum("c")],
    ["linux-amd64", sum("a")],
  ]),
  described: { appProtocol: 2, prefix: "VAULT", version: "1.2.3", metadataKeys: ["version", "mount"] },
};
const plain: LockedPlugin = { name: "aws", checksums: new Map([["linux-arm64", sum("b")]]) };

const text = `{
  "lockVersion": 1,
  "plugins": {
    "aws": {
      "checksums": {
        "linux-arm64": "${sum("b")}"
      }
    },
    "vault": {
      "version": "v1.2.3",
      "source": "https://example.org/releases",
      "publicKey": "RWQf6LRCGA9i",
      "checksums": {
        "linux-amd64": "${sum("a")}",
        "windows-amd64": "${sum("c")}"
      },
      "described": {
        "appProtocol": 2,
        "prefix": "VAULT",
        "version": "1.2.3",
        "metadataKeys": [
          "version",
          "mount"
        ]
      }
    }
  }
}
`;

function lockOf(...plugins: readonly LockedPlugin[]): PluginLock {
  return { plugins: new Map(plugins.map((plugin) => [plugin.name, plugin])) };
}

/** What is null is left out. */
function toLocked(
  name: string,
  { checksums, ...others }: { readonly checksums: Readonly<Record<string, Checksum>>; readonly [key: string]: unknown },
): LockedPlugin {
  const there = Object.entries(others).filter(([, value]) => value !== null);
  return { name, checksums: new Map(Object.entries(checksums)), ...Object.fromEntries(there) };
}

describe("formatLock", () => {
  it("sorts plugins and platforms, with a line for each", () => {
    expect(formatLock(lockOf(full, plain))).toBe(text);
  });

  it("is what parseLock reads, whatever is locked", () => {
    const word = string({ minLength: 1 }).filter((value) => value.isWellFormed());
    const plugin = record({
      version: option(word),
      source: option(word),
      publicKey: option(word),
      checksums: dictionary(
        stringMatching(/^[a-z0-9]{1,7}-[a-z0-9]{1,5}$/),
        stringMatching(/^[0-9a-f]{64}$/).map((hex): `sha256:${string}` => `sha256:${hex}`),
        { minKeys: 1, maxKeys: 4 },
      ),
      described: option(
        record({ appProtocol: constantFrom(1, 2), prefix: word, version: word, metadataKeys: array(word) }),
      ),
    });
    assert(
      property(dictionary(stringMatching(/^[a-z][a-z0-9_]{0,8}$/), plugin, { maxKeys: 4 }), (plugins) => {
        const lock = lockOf(...Object.entries(plugins).map(([name, facts]) => toLocked(name, facts)));
        expect([parseStrictly(formatLock(lock), "f"), quickLock(formatLock(lock))]).toEqual([lock, lock]);
      }),
    );
  });
});

describe("parseLock", () => {
  it("is quick only for what the strict reader takes for the same", () => {
    const words = [
      "lockVersion",
      "plugins",
      "checksums",
      "version",
      "described",
      "appProtocol",
      "a",
      "linux-amd64",
      sum("a"),
      "",
    ];
    const { tree } = letrec((tie) => ({
      tree: oneof(
        { depthSize: "small" },
        constantFrom(...words, 1, 0, -1, 1.5, null, true),
        array(tie("tree")),
        tie("object"),
      ),
      object: dictionary(constantFrom(...words, "__proto__", "1"), tie("tree")),
    }));
    assert(
      property(dictionary(constantFrom("plugins", "x"), tree), tree, (top, entry) => {
        const data = {
          lockVersion: 1,
          plugins: { a: { checksums: { "linux-amd64": sum("a") }, described: entry } },
          ...top,
        };
        const quick = quickLock(`${JSON.stringify(data, null, 2)}\n`);
        if (quick !== undefined) expect(parseStrictly(JSON.stringify(data), "f")).toEqual(quick);
      }),
      { numRuns: 300 },
    );
    expect(quickLock(text)).toEqual(lockOf(plain, full));
  });

  it("takes keys in any order, and line ends of Windows", () => {
    const turned = `{"plugins":{"aws":{"checksums":{"linux-arm64":"${sum("b")}"}}},\r\n"lockVersion":1}\r\n`;
    expect(parseLock(turned, "f")).toEqual(lockOf(plain));
  });

  const locked = (inner: string): string => `{"lockVersion":1,\n"plugins":{\n${inner}}}`;
  const checksums = `"checksums":{"linux-amd64":"${sum("a")}"}`;

  it.each([
    { name: "an empty file", input: "", at: "1:1", message: "the lock is not JSON: it is empty" },
    {
      name: "no JSON",
      input: '{"lockVersion" 1}',
      at: "1:16",
      message: "the lock is not JSON: there is no colon after the key",
    },
    { name: "another JSON", input: "[]", at: "1:1", message: "the lock is no object" },
    { name: "no version", input: '{"plugins":{}}', at: "1:1", message: 'the lock has no "lockVersion"' },
    {
      name: "a newer version, whatever else it holds",
      input: '{"lockVersion":2,"signatures":[]}',
      at: "1:16",
      message: "the lock has version 2, and this program reads 1",
      hint: "update configmanager",
    },
    { name: "an older version", input: '{"lockVersion":0}', at: "1:16", message: "no lock has version 0" },
    {
      name: "a version that is text",
      input: '{"lockVersion":"1"}',
      at: "1:16",
      message: '"lockVersion" is no whole number',
    },
    { name: "no plugins", input: '{"lockVersion":1}', at: "1:1", message: 'the lock has no "plugins"' },
    {
      name: "a mistyped key",
      input: locked(`"a": {"versoin": "1", ${checksums}}`),
      at: "3:7",
      message: '"versoin" is no key of the plugin "a"',
      hint: 'write "version"',
    },
    {
      name: "a key of nothing",
      input: '{"lockVersion":1,"x":1,"plugins":{}}',
      at: "1:18",
      message: '"x" is no key of the lock',
    },
    {
      name: "a doubled plugin",
      input: locked(`"a": {${checksums}},\n"a": {${checksums}}`),
      at: "4:1",
      message: '"a" stands twice in "plugins"',
      hint: "keep one of them",
    },
    {
      name: "a doubled platform, in whatever spelling",
      input: locked(`"a": {"checksums":{"linux-amd64":"${sum("a")}","linux\\u002damd64":"${sum("b")}"}}`),
      at: "3:108",
      message: '"linux-amd64" stands twice in "checksums" of the plugin "a"',
    },
    {
      name: "a name of no plugin",
      input: locked(`"A-b": {${checksums}}`),
      at: "3:1",
      message: '"A-b" is no name of a plugin',
    },
    { name: "no checksums", input: locked('"a": {}'), at: "3:6", message: 'the plugin "a" has no "checksums"' },
    {
      name: "no checksum",
      input: locked('"a": {"checksums":{}}'),
      at: "3:19",
      message: 'the plugin "a" has no checksum',
    },
    {
      name: "no platform",
      input: locked(`"a": {"checksums":{"linux":"${sum("a")}"}}`),
      at: "3:20",
      message: '"linux" is no platform',
    },
    ...["sha256:abc", sum("A"), `sha1:${"a".repeat(40)}`, "a".repeat(64)].map((checksum) => ({
      name: `the checksum ${checksum}`,
      input: locked(`"a": {"checksums":{"linux-amd64":"${checksum}"}}`),
      at: "3:34",
      message: '"linux-amd64" of the plugin "a" has no checksum',
      hint: "write sha256: and 64 hexadecimal digits",
    })),
    {
      name: "a version that is none",
      input: locked(`"a": {"version":1,${checksums}}`),
      at: "3:17",
      message: '"version" is no text',
    },
    {
      name: "an empty source",
      input: locked(`"a": {"source":"",${checksums}}`),
      at: "3:16",
      message: '"source" is no text',
    },
    {
      name: "a description without a protocol",
      input: locked(`"a": {${checksums},"described":{}}`),
      at: "3:121",
      message: '"described" of the plugin "a" has no "appProtocol"',
    },
    {
      name: "metadata keys that are no list",
      input: locked(`"a": {${checksums},"described":{"appProtocol":2,"metadataKeys":"x"}}`),
      at: "3:153",
      message: '"metadataKeys" is no array',
    },
    {
      name: "what a merge left",
      input: `{\n<<<<<<< HEAD\n  "lockVersion": 1,\n=======\n>>>>>>> other\n}`,
      at: "2:1",
      message: "the lock holds two versions of itself, which a merge left there",
    },
  ])(
    "refuses $name with its place",
    ({ input, at, message, hint }: { input: string; at: string; message: string; hint?: string }) => {
      let thrown: unknown;
      try {
        parseLock(input, "plugins.lock.json");
      } catch (error) {
        thrown = error;
      }
      if (!isConfigManagerError(thrown)) throw new Error("it was accepted", { cause: thrown });
      const { place } = thrown;
      expect([thrown.code, thrown.message, `${place?.line}:${place?.column}`, place?.file]).toEqual([
        "CM_LOCKFILE_INVALID",
        message,
        at,
        "plugins.lock.json",
      ]);
      expect(thrown.hint).toBe(hint ?? thrown.hint);
      expect(thrown.hint).toMatch(/\S/);
    },
  );
});
