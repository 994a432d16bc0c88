import { describe, expect, it } from "vitest";
import { parseConfigFile } from "./parse-file.ts";
import type { SettingLayer } from "./sources.ts";

function parse(text: string | Uint8Array): SettingLayer {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  return parseConfigFile(bytes, { file: "config.yaml", baseDir: "/project" });
}

function storesOf(text: string): object {
  const layer = parse(text);
  expect(layer.errors).toEqual([]);
  return Object.fromEntries([...layer.stores].map(([prefix, { store }]) => [prefix, store]));
}

function reportOf(text: string | Uint8Array): string[] {
  return parse(text).errors.map(({ code, message, hint, place }) => {
    expect(code).toBe("CM_CONFIG_INVALID");
    return `${place?.file}:${place?.line}:${place?.column} ${message}; ${hint}`;
  });
}

describe("a configuration file", () => {
  it.each(["", "# only a comment\n", "---\n", "stores:\n"])("may set nothing: %j", (text) => {
    const { values, stores, errors } = parse(text);
    expect([values.size, stores.size, errors]).toEqual([0, 0, []]);
  });

  it("sets flags by their names in camelCase, each with its place", () => {
    const { values, errors } = parse("timeout: 10s\nlax: true\nallow: ['FILE://*']\n");
    expect(errors).toEqual([]);
    expect(
      [...values].map(([key, { value, origin }]) => [key, value, origin.kind === "file" && origin.place.line]),
    ).toEqual([
      ["timeoutMs", 10_000, 1],
      ["lax", true, 2],
      ["allow", ["FILE://*"], 3],
    ]);
  });

  it("reads every key of a store", () => {
    expect(
      storesOf(`stores:
  PRODSECRETS: { plugin: awssecrets, env: { AWS_PROFILE: prod }, metadata: { region: eu-west-1 }, concurrency: 8, timeout: 10s }
  OLDSTORE:    { path: ./bin/oldstore, metadataFormat: raw, inheritEnv: [HOME, "AWS_*"] }
  OTHER: { options: { deep: [1, { a: null }] } }
  BARE:
`),
    ).toEqual({
      PRODSECRETS: {
        plugin: "awssecrets",
        env: { AWS_PROFILE: "prod" },
        metadata: { region: "eu-west-1" },
        concurrency: 8,
        timeoutMs: 10_000,
      },
      OLDSTORE: { path: "/project/bin/oldstore", metadataFormat: "raw", inheritEnv: ["HOME", "AWS_*"] },
      OTHER: { options: { deep: [1, { a: null }] } },
      BARE: {},
    });
  });

  it("keeps an absolute path", () => {
    expect(storesOf("stores: { A: { path: /opt/a } }")).toEqual({ A: { path: "/opt/a" } });
  });

  it("keeps the digits of numbers that stand for texts", () => {
    expect(
      storesOf(
        "stores:\n  A:\n    metadata: { version: 1.10, big: 12345678901234567890, on: true }\n    env: { M: 0o644 }\n",
      ),
    ).toEqual({ A: { metadata: { version: "1.10", big: "12345678901234567890", on: "true" }, env: { M: "0o644" } } });
  });

  it("follows anchors", () => {
    expect(
      storesOf(
        "stores:\n  A: &a\n    env: &e { X: 1.0 }\n    timeout: &t 1s\n  B: { env: *e, timeout: *t }\n  C: *a\n",
      ),
    ).toEqual({
      A: { env: { X: "1.0" }, timeoutMs: 1000 },
      B: { env: { X: "1.0" }, timeoutMs: 1000 },
      C: { env: { X: "1.0" }, timeoutMs: 1000 },
    });
  });

  it.each([
    {
      name: "an unknown key, with the nearest one",
      text: "timeot: 10s\n",
      expected: ['config.yaml:1:1 "timeot" is no key of the configuration; write "timeout"'],
    },
    {
      name: "a flag's spelling of a key",
      text: "lax: true\ntoken-separator: '#'\n",
      expected: ['config.yaml:2:1 "token-separator" is no key of the configuration; write "tokenSeparator"'],
    },
    {
      name: "an unknown key of a store",
      text: "stores:\n  A: { enviroment: {}, inheritEnw: [] }\n",
      expected: [
        'config.yaml:2:8 "enviroment" is no key of the store "A"; use one of plugin, path, env, inheritEnv, metadata, metadataFormat, options, concurrency, timeout',
        'config.yaml:2:24 "inheritEnw" is no key of the store "A"; write "inheritEnv"',
      ],
    },
    {
      name: "wrong types and ranges, all of them",
      text: "lax: yes\ntimeout: 60\nconcurrency: 0\nallow: FILE://x\nmtls: on\nstores: []\n",
      expected: [
        'config.yaml:1:6 "lax" is not true or false; write true or false',
        'config.yaml:2:10 "timeout" is not a duration between 1ms and 596h; write a number with its unit (ms, s, m, h), such as 60s, 1m30s or 500ms',
        'config.yaml:3:14 "concurrency" is not a whole number from 1 to 10000; write a whole number from 1 to 10000',
        'config.yaml:4:8 "allow" is not a list of patterns with ://; write a pattern as PREFIX://path, where * stops at / and ** does not',
        'config.yaml:5:7 "mtls" is not "auto" or "always"; use one of auto, always',
        'config.yaml:6:9 "stores" is not a mapping; write `name: value` pairs',
      ],
    },
    {
      name: "an empty list that was forgotten",
      text: "allow:\n",
      expected: [
        'config.yaml:1:7 "allow" is not a list of patterns with ://; write a pattern as PREFIX://path, where * stops at / and ** does not',
      ],
    },
    {
      name: "a prefix in lower case, and two ways to name the plugin",
      text: "stores:\n  prod: { plugin: a, path: b }\n",
      expected: [
        'config.yaml:2:3 "prod" is no prefix; write it in capitals, digits and _, beginning with a letter',
        'config.yaml:2:3 the store "prod" has "plugin" and "path"; keep one of them',
      ],
    },
    {
      name: "metadata keys that are the host's own",
      text: "stores: { A: { metadata: { default: x } } }\n",
      expected: [
        'config.yaml:1:26 "metadata" is not a mapping from metadata keys to texts; write `key: text` pairs; default and as belong into the token',
      ],
    },
    {
      name: "a key twice",
      text: "lax: true\nlax: false\n",
      expected: ["config.yaml:2:1 the YAML is faulty: map keys must be unique; undefined"],
    },
    {
      name: "a top level that is no mapping",
      text: "- a\n",
      expected: ["config.yaml:1:1 the configuration is not a mapping; write `name: value` pairs"],
    },
    {
      name: "a value that holds itself",
      text: "stores:\n  A:\n    options: &o { self: *o }\n",
      expected: ['config.yaml:3:17 "options" holds itself, or grows too large by its aliases; write it out'],
    },
  ])("reports $name", ({ text, expected }) => {
    expect(reportOf(text)).toEqual(expected);
  });

  it("counts columns in code points and offsets in bytes, a byte order mark apart", () => {
    const { errors } = parse("\uFEFF# é\nstores: { A: { options: {k: '😀'}, oops: 1 } }\n");
    expect(errors[0]?.place).toEqual({ file: "config.yaml", line: 2, column: 35, start: 45, end: 49 });
  });

  it("refuses what is not UTF-8", () => {
    expect(parse(Uint8Array.of(0x61, 0xff)).errors.map(({ message }) => message)).toEqual([
      '"config.yaml" is not UTF-8 text',
    ]);
  });

  it("stops an alias bomb", () => {
    const bomb = [
      "a: &a [x]",
      ...Array.from("bcdefghij", (name, index) => `${name}: &${name} [${`*${"abcdefghi"[index]},`.repeat(9)}]`),
    ];
    const { errors } = parse(`stores:\n  A:\n    options:\n${bomb.map((line) => `      ${line}\n`).join("")}`);
    expect(errors.map(({ message }) => message)).toEqual(['"options" holds itself, or grows too large by its aliases']);
  });

  it("never quotes a value, which may be a secret", () => {
    const { errors } = parse("lax: hunter2\nstores: { A: { env: [hunter2], path: [hunter2] } }\n");
    expect(errors).toHaveLength(3);
    expect(JSON.stringify(errors.map((error) => [error.message, error.hint]))).not.toContain("hunter2");
  });
});
