import { readFileSync, writeFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseConfigFile } from "./parse-file.ts";
import { configSchema } from "./schema.ts";

const published = new URL("../../config.schema.json", import.meta.url);
const isValid = new Ajv({ strict: true, allowUnionTypes: true }).compile(configSchema());

function isAccepted(text: string): boolean {
  return parseConfigFile(Buffer.from(text), { file: "f", baseDir: "/" }).errors.length === 0;
}

it("config.schema.json is what the tables say (UPDATE_SCHEMA=1 writes it)", () => {
  if (process.env["UPDATE_SCHEMA"] === "1") writeFileSync(published, `${JSON.stringify(configSchema(), null, 2)}\n`);
  expect(JSON.parse(readFileSync(published, "utf8"))).toEqual(configSchema());
});

const accepted = [
  "",
  "tokenSeparator: '#'",
  "keySeparator: '!'",
  "enableEnvsubst: true\nenvsubstVars: [HOME, _x1]",
  "lax: true\nlaxAll: false\nfailOnEmpty: true\nverbose: false\nquiet: true\ntrustPluginModes: false",
  "allow: []",
  "allow: ['AWSPARAMSTR:///app/*', 'FILE://config/**']",
  "logFormat: json\ncolor: always\nmtls: always",
  "timeout: 60s\npluginStartTimeout: 500ms\nrunTimeout: 1h30m",
  "timeout: 1.5s",
  "concurrency: 10000",
  "stores:",
  "stores: {}",
  "stores: { A: , B_1: {} }",
  "stores: { APP: [ENV, 'LOCAL://{name}', 'AWSSECRETS:///prod/{path}'] }",
  "stores: { A: { plugin: awssecrets, env: { N: text, M: 1, O: true } } }",
  "stores: { A: { path: ./x, metadata: { region: eu, v-1.a: 1.10 }, metadataFormat: raw } }",
  "stores: { A: { inheritEnv: [HOME, 'AWS_*', '*'], options: { any: [thing, { x: null }] }, concurrency: 1, timeout: 1s } }",
];

const rejected = [
  "stores: { APP: [] }",
  "stores: { APP: [env] }",
  "stores: { APP: ['ENV://'] }",
  "stores: { APP: [ENV, { plugin: x }] }",
  "[]",
  "text",
  "timeot: 1s",
  "config: x",
  "token-separator: '#'",
  "tokenSeparator: ''",
  "tokenSeparator: 1",
  "keySeparator: [a]",
  "enableEnvsubst: 1",
  "envsubstVars: A,B",
  "envsubstVars: [A-B]",
  "envsubstVars: [1]",
  "lax: yes",
  "lax:",
  "allow: FILE://x",
  "allow: [x]",
  "allow:",
  "logFormat: xml",
  "color: true",
  "timeout: 60",
  "timeout: '60'",
  "timeout: 0s",
  "timeout: 0.0ms0h",
  "timeout: -1s",
  "runTimeout: 1 h",
  "concurrency: 0",
  "concurrency: 10001",
  "concurrency: 1.5",
  "concurrency: '16'",
  "stores: []",
  "stores: { a: {} }",
  "stores: { A-B: {} }",
  "stores: { A: x }",
  "stores: { A: { plug: x } }",
  "stores: { A: { plugin: Aws } }",
  "stores: { A: { plugin: a, path: b } }",
  "stores: { A: { path: '' } }",
  "stores: { A: { env: [A] } }",
  "stores: { A: { env: { N: } } }",
  "stores: { A: { env: { N: [x] } } }",
  "stores: { A: { env: { 'A=B': x } } }",
  "stores: { A: { inheritEnv: 'A*' } }",
  "stores: { A: { inheritEnv: ['A*B'] } }",
  "stores: { A: { metadata: { 1a: x } } }",
  "stores: { A: { metadata: { as: trim } } }",
  "stores: { A: { metadataFormat: xml } }",
  "stores: { A: { options: [1] } }",
  "stores: { A: { concurrency: 0 } }",
  "stores: { A: { timeout: 5 } }",
];

describe("the schema and the validator", () => {
  it.each(accepted)("both accept %j", (text) => {
    expect([isValid(parse(text)), isAccepted(text)]).toEqual([true, true]);
  });

  it.each(rejected)("both refuse %j", (text) => {
    expect([isValid(parse(text)), isAccepted(text)]).toEqual([false, false]);
  });
});
