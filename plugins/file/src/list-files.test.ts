import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { StoreContext } from "configmanager/plugin";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listFiles, type ListLimits } from "./list-files.ts";

let folder = "";
let cwd = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cm-list-"));
  cwd = join(folder, "work");
  const files = {
    "work/a.json": '{ "n": 1.10 }',
    "work/conf/b.yaml": "n: 1.10",
    "work/conf/c.txt": "text",
    "work/conf/deep/d.toml": "n = 1",
    "work/conf/deep/.hidden": "x",
    "work/conf/.git/config": "x",
    "work/broken/e.yaml": "a: [SECRET",
    "outside/f": "x",
    "outside/sub/g": "x",
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const links = {
    "conf/link": "deep/d.toml",
    "conf/out": "../../outside/f",
    "conf/outfolder": "../../outside/sub",
    "conf/dangling": "none",
    "conf/deep/up": "..",
    also: "conf/deep",
    away: "../outside",
  };
  for (const [name, to] of Object.entries(links)) symlinkSync(to, join(cwd, name));
  if (process.platform !== "win32") execFileSync("mkfifo", [join(cwd, "conf", "fifo")]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const log = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function list(
  path: string,
  recursive: boolean,
  {
    root,
    limits,
    signal = new AbortController().signal,
  }: { root?: string; limits?: ListLimits; signal?: AbortSignal } = {},
): Promise<Record<string, string>> {
  const context: StoreContext = { signal, log, env: {}, cwd, options: root === undefined ? {} : { root } };
  const listed: Record<string, string> = {};
  for await (const { path: name, value } of listFiles({ path, recursive }, context, limits)) {
    listed[name] = Buffer.from(value as string | Uint8Array).toString();
  }
  return listed;
}

describe("the files of a folder", () => {
  it.each(["conf", "conf/", "./conf/deep/.."])("are listed as they are asked for: %s", async (path) => {
    expect(await list(path, false)).toEqual({
      "conf/b.yaml": '{"n":1.10}',
      "conf/c.txt": "text",
      "conf/link": "n = 1",
    });
  });

  it("are listed with those of the folders in it", async () => {
    expect(Object.keys(await list("conf", true))).toEqual([
      "conf/b.yaml",
      "conf/c.txt",
      "conf/deep/d.toml",
      "conf/link",
    ]);
  });

  it("are listed through a link, under its name", async () => {
    expect(await list("also", false)).toEqual({ "also/d.toml": '{"n":1}' });
  });

  it.each(["", "."])("are those of the root for %j", async (path) => {
    expect(await list(path, false)).toEqual({ "a.json": '{ "n": 1.10 }' });
  });

  it("have paths from the root, also when that is another one or the path absolute", async () => {
    expect(Object.keys(await list("deep", false, { root: "conf" }))).toEqual(["deep/d.toml"]);
    expect(Object.keys(await list(join(cwd, "conf", "deep"), false))).toEqual(["conf/deep/d.toml"]);
  });
});

describe("a listing is refused", () => {
  it.each([
    {
      name: "of a file",
      path: "a.json",
      expected: { kind: "badRequest", message: '"a.json" is a file and no folder' },
    },
    { name: "of nothing", path: "none", expected: { kind: "notFound", message: '"none" was not found' } },
    { name: "outside", path: "..", expected: { kind: "denied" } },
    { name: "behind a link that leads out", path: "away", expected: { kind: "denied" } },
    {
      name: "with a file that cannot be read, which is named and not quoted",
      path: "broken",
      expected: {
        kind: "badRequest",
        message: '"broken/e.yaml" cannot be listed: file is not valid YAML at line 1, column 11: BAD_INDENT',
      },
    },
  ])("$name", async ({ path, expected }) => {
    await expect(list(path, true)).rejects.toMatchObject(expected);
  });

  it.each([
    { limits: { maxFiles: 3, maxBytes: 19 }, message: undefined },
    { limits: { maxFiles: 2, maxBytes: 19 }, message: '"conf" holds more than the 2 files that are listed at once' },
    { limits: { maxFiles: 3, maxBytes: 18 }, message: '"conf" holds more than the 18 bytes that are listed at once' },
  ])("beyond $limits", async ({ limits, message }) => {
    const listing = list("conf", false, { limits });
    if (message === undefined) expect(Object.keys(await listing)).toHaveLength(3);
    else await expect(listing).rejects.toMatchObject({ kind: "tooLarge", message });
  });

  it("when it is no longer wanted", async () => {
    const reason = new Error("no longer wanted");
    await expect(list("conf", false, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
