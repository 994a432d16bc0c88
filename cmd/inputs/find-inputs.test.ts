import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { toErrors } from "../../internal/errors/errors.ts";
import { createTestIo, temporaryFolder } from "../../test/helpers/run-program.ts";
import { findInputs, type FindOptions } from "./find-inputs.ts";
import type { FoundInputs } from "./input-source.ts";

const options: FindOptions = { isNothing: "is nothing", hint: "look again" };
const tree = [
  "deploy/b.yaml",
  "deploy/a.yaml",
  "deploy/a.json",
  "deploy/x/c.yaml",
  "deploy/x/y/d.yaml",
  "deploy/.env",
  "deploy/.hidden/e.yaml",
  "deploy/.git/f.yaml",
  "deploy/.configmanager/config.yaml",
  "deploy/.configmanager-0-0123456789ab.tmp",
  "top(1).yaml",
  "!no.yaml",
];

async function withTree(files: readonly string[] = tree): Promise<string> {
  const cwd = await temporaryFolder();
  for (const file of files) {
    mkdirSync(dirname(join(cwd, file)), { recursive: true });
    writeFileSync(join(cwd, file), "");
  }
  return cwd;
}

async function find(cwd: string, words: readonly string[], more: Partial<FindOptions> = {}): Promise<FoundInputs> {
  return findInputs(words, createTestIo({ cwd }), { ...options, ...more });
}

async function names(cwd: string, words: readonly string[], more?: Partial<FindOptions>): Promise<unknown[]> {
  return (await find(cwd, words, more)).sources.map(({ name }) => name);
}

describe("a folder", () => {
  it("stands for all files below it, hidden ones too, but none of a repository's or the program's own", async () => {
    expect(await names(await withTree(), ["deploy"])).toEqual([
      "deploy/.env",
      "deploy/.hidden/e.yaml",
      "deploy/a.json",
      "deploy/a.yaml",
      "deploy/b.yaml",
      "deploy/x/c.yaml",
      "deploy/x/y/d.yaml",
    ]);
  });

  it.each([
    { word: "deploy/x/", name: "deploy/x/c.yaml" },
    { word: "./deploy/x", name: "deploy/x/c.yaml" },
    { word: "deploy/../deploy/x", name: "deploy/x/c.yaml" },
  ])("may be written $word, and keeps what lies below it apart", async ({ word, name }) => {
    const cwd = await withTree();
    expect((await find(cwd, [word])).sources[0]).toEqual({ name, path: join(cwd, "deploy/x/c.yaml"), below: "c.yaml" });
  });

  it("is without the outputs that lie in it, and without backups", async () => {
    const cwd = await withTree(["in/a", "in/a.bak", "in/out/a", "in/out/deep/b"]);
    const leftOut = { outputFolder: join(cwd, "in/out"), backupSuffix: ".bak" };
    expect(await names(cwd, ["in"], leftOut)).toEqual(["in/a"]);
    expect(await names(cwd, ["in/out"], leftOut)).toEqual(["in/out/a", "in/out/deep/b"]);
  });

  it("holds files behind links, but is not left by a link to a folder, nor gone round in a circle", async () => {
    const cwd = await withTree(["in/sub/a", "other/b"]);
    symlinkSync("..", join(cwd, "in/sub/circle"));
    symlinkSync("../other", join(cwd, "in/away"));
    symlinkSync("../other/b", join(cwd, "in/link"));
    symlinkSync("nowhere", join(cwd, "in/dangling"));
    expect(await names(cwd, ["in"])).toEqual(["in/link", "in/sub/a"]);
  });

  it("is walked when it is itself behind a link", async () => {
    const cwd = await withTree(["other/b"]);
    symlinkSync("other", join(cwd, "in"));
    expect(await names(cwd, ["in"])).toEqual(["in/b"]);
  });
});

describe("a glob", () => {
  it.each([
    { glob: "deploy/*.yaml", expected: ["deploy/a.yaml", "deploy/b.yaml"] },
    { glob: "deploy/**/*.yaml", expected: ["deploy/a.yaml", "deploy/b.yaml", "deploy/x/c.yaml", "deploy/x/y/d.yaml"] },
    {
      glob: "deploy/**",
      expected: ["deploy/a.json", "deploy/a.yaml", "deploy/b.yaml", "deploy/x/c.yaml", "deploy/x/y/d.yaml"],
    },
    { glob: "deploy/?.json", expected: ["deploy/a.json"] },
    { glob: "deploy/{a,x/c}.{yaml,json}", expected: ["deploy/a.json", "deploy/a.yaml", "deploy/x/c.yaml"] },
    { glob: "deploy/[ab].y*", expected: ["deploy/a.yaml", "deploy/b.yaml"] },
    { glob: "deploy/.e*", expected: ["deploy/.env"] },
    { glob: "deploy/.hidden/*", expected: ["deploy/.hidden/e.yaml"] },
    { glob: "*/x/*", expected: ["deploy/x/c.yaml"] },
    { glob: "*(1).yaml", expected: ["top(1).yaml"] },
    { glob: "!*.yaml", expected: ["!no.yaml"] },
    { glob: "./deploy/*.json", expected: ["deploy/a.json"] },
  ])("$glob fits what a shell finds", async ({ glob, expected }) => {
    expect(await names(await withTree(), [glob])).toEqual(expected);
  });

  it.each([
    { glob: "deploy/**/*.yaml", below: ["a.yaml", "b.yaml", "x/c.yaml", "x/y/d.yaml"] },
    { glob: "deploy/x/{c,y/d}.yaml", below: ["c.yaml", "y/d.yaml"] },
    { glob: "*/x/*", below: ["deploy/x/c.yaml"] },
  ])("$glob keeps what lies below its fixed part", async ({ glob, below }) => {
    expect((await find(await withTree(), [glob])).sources.map((source) => source.below)).toEqual(below);
  });

  it("may be absolute", async () => {
    const cwd = await withTree();
    expect(await names("/", [`${cwd}/deploy/*.json`])).toEqual([`${cwd}/deploy/a.json`]);
  });

  it("gives way to a file of that name, and to a text", async () => {
    const cwd = await withTree(["*.yaml", "a.yaml"]);
    expect(await names(cwd, ["*.yaml"])).toEqual(["*.yaml"]);
    const { sources } = await find(cwd, ["TOKEN*"], { isText: async (word) => word.startsWith("TOKEN") });
    expect(sources).toEqual([{ name: undefined, path: undefined, below: undefined, text: "TOKEN*" }]);
  });
});

it("finds the files of one word in the order of code points, not of UTF-16", async () => {
  const cwd = await withTree(["in/\u{1F600}", "in/\uFFFD", "in/\u{1F601}", "in/b", "in/B", "in/ba"]);
  expect(await names(cwd, ["in/*"])).toEqual(["in/B", "in/b", "in/ba", "in/\uFFFD", "in/\u{1F600}", "in/\u{1F601}"]);
});

it("finds a file once, where it is named first", async () => {
  const words = ["deploy/b.yaml", "-", "deploy/*.yaml", "./deploy/b.yaml", "deploy"];
  const found = await find(await withTree(), words);
  expect(found.sources.slice(0, 4).map(({ name }) => name)).toEqual([
    "deploy/b.yaml",
    "-",
    "deploy/a.yaml",
    "deploy/.env",
  ]);
  expect(found.sources).toHaveLength(8);
});

it("says of single files that there are no more", async () => {
  const cwd = await withTree();
  expect(await find(cwd, ["deploy/b.yaml"])).toMatchObject({ isOpen: false, folders: [] });
  const { isOpen, folders } = await find(cwd, ["deploy/*/*.yaml"]);
  expect([isOpen, folders.toSorted()]).toEqual([true, [join(cwd, "deploy"), join(cwd, "deploy/x")]]);
});

it("names every word that stands for nothing", async () => {
  const cwd = await withTree(["a"]);
  mkdirSync(join(cwd, "empty"));
  const words = ["a", "missing", "no/*.yaml", "empty", "a/b/*.yaml"];
  const error: unknown = await find(cwd, words).catch((thrown: unknown) => thrown);
  expect(toErrors(error).map(({ code, message }) => `${code} ${message}`)).toEqual([
    'CM_INPUT_UNREADABLE "missing" is nothing',
    'CM_INPUT_UNREADABLE "no/*.yaml" fits no file',
    'CM_INPUT_UNREADABLE "empty" holds no file',
    'CM_INPUT_UNREADABLE "a/b" is not there',
  ]);
});

it.skipIf(process.getuid?.() === 0)("refuses a folder below that cannot be read", async () => {
  const cwd = await withTree(["in/closed/a", "in/b"]);
  chmodSync(join(cwd, "in/closed"), 0);
  await expect(find(cwd, ["in"])).rejects.toThrow('"in/closed/" may not be read by this user');
  chmodSync(join(cwd, "in/closed"), 0o700);
});
