import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTestStore, type TestAnswer } from "configmanager/plugin/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTestPlugins } from "../../../test/helpers/build-once.ts";
import { formatOf } from "./address.ts";
import { toStoreError } from "./file-errors.ts";
import { fileStore } from "./store.ts";

let folder = "";
let cwd = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cm-file-"));
  cwd = join(folder, "work");
  mkdirSync(join(cwd, "conf", "deep"), { recursive: true });
  mkdirSync(join(folder, "work-not"));
  const files: Record<string, string | Buffer> = {
    "work/a.json": '{ "n": 1.10,\r\n "n": 2, "z": 1, "1": 2 }\n',
    "work/conf/b.yaml": "n: 1.10",
    "work/conf/c.YML": "n: 2",
    "work/d.toml": "n = 1.10",
    "work/.env": "A=1",
    "work/prod.env": "A=2",
    "work/bytes.bin": Buffer.from([0, 0xff, 0x80]),
    "work/empty": "",
    "work/größe \u{1f511}": "ü",
    "work/..file": "dots",
    "work/broken.yaml": "a: [SECRET",
    "outside.txt": "outside",
    "work-not/x": "outside",
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  writeFileSync(join(cwd, "huge"), "");
  truncateSync(join(cwd, "huge"), 64 * 1024 * 1024 + 1);
  symlinkSync("conf/b.yaml", join(cwd, "inside-link"));
  symlinkSync("../outside.txt", join(cwd, "outside-link"));
  symlinkSync("..", join(cwd, "up"));
  symlinkSync("loop", join(cwd, "loop"));
  symlinkSync("work", join(folder, "alias"));
  if (process.platform !== "win32") execFileSync("mkfifo", [join(cwd, "fifo")]);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function ask(path: string, options?: Record<string, unknown>, from: string = cwd): Promise<TestAnswer> {
  const store = await openTestStore({ store: fileStore, env: {}, cwd: from, options });
  const [answer] = await store.ask([{ path }]);
  await store.close();
  return answer!;
}

describe("the store FILE", () => {
  it.each([
    { name: "JSON byte for byte", path: "a.json", expected: '{ "n": 1.10,\r\n "n": 2, "z": 1, "1": 2 }\n' },
    { name: "YAML as JSON", path: "conf/b.yaml", expected: '{"n":1.10}' },
    { name: "YAML by its other name, in capitals", path: "./conf/deep/../c.YML", expected: '{"n":2}' },
    { name: "TOML as JSON", path: "d.toml", expected: '{"n":1.10}' },
    { name: "a file called .env as JSON", path: ".env", expected: '{"A":"1"}' },
    { name: "an env file as JSON", path: "prod.env", expected: '{"A":"2"}' },
    { name: "an empty file", path: "empty", expected: "" },
    { name: "a name beyond ASCII", path: "größe \u{1f511}", expected: "ü" },
    { name: "a name that begins with dots", path: "..file", expected: "dots" },
    { name: "what a link inside refers to, by the name of the link", path: "inside-link", expected: "n: 1.10" },
  ])("gives $name", async ({ path, expected }) => {
    const answer = await ask(path);
    expect(answer.ok && Buffer.from(answer.data).toString()).toBe(expected);
  });

  it("gives any other file byte for byte", async () => {
    expect(await ask("bytes.bin")).toMatchObject({ ok: true, data: Buffer.from([0, 0xff, 0x80]) });
  });

  it("takes an absolute path inside of the folder", async () => {
    expect(await ask(join(cwd, "empty"))).toMatchObject({ ok: true });
  });

  it("takes a working directory that is a link", async () => {
    expect(await ask("empty", undefined, join(folder, "alias"))).toMatchObject({ ok: true });
    expect(await ask(join(cwd, "empty"), undefined, join(folder, "alias"))).toMatchObject({ ok: true });
  });

  it.each([
    { name: "a missing file", path: "none.json", code: "NOT_FOUND", message: '"none.json" was not found' },
    { name: "a path below a file", path: "empty/x", code: "NOT_FOUND", message: '"empty/x" was not found' },
    { name: "a directory", path: "conf", code: "INVALID_ARGUMENT", message: '"conf" is a directory' },
    { name: "the folder itself", path: ".", code: "INVALID_ARGUMENT", message: '"." is a directory' },
    {
      name: "what lies outside",
      path: "../outside.txt",
      code: "PERMISSION_DENIED",
      message: '"../outside.txt" is outside of the folder that files are read from',
    },
    {
      name: "what would lie outside",
      path: "../none",
      code: "PERMISSION_DENIED",
      message: '"../none" is outside of the folder that files are read from',
    },
    {
      name: "a folder that begins alike",
      path: "../work-not/x",
      code: "PERMISSION_DENIED",
      message: '"../work-not/x" is outside of the folder that files are read from',
    },
    {
      name: "a link to the outside",
      path: "outside-link",
      code: "PERMISSION_DENIED",
      message: '"outside-link" is outside of the folder that files are read from',
    },
    {
      name: "a way through a link to the outside",
      path: "up/outside.txt",
      code: "PERMISSION_DENIED",
      message: '"up/outside.txt" is outside of the folder that files are read from',
    },
    {
      name: "a circle of links",
      path: "loop",
      code: "INVALID_ARGUMENT",
      message: '"loop" runs in a circle of symbolic links',
    },
    { name: "a NUL", path: "a\0b", code: "INVALID_ARGUMENT", message: "a path holds no NUL" },
    { name: "nothing", path: "", code: "INVALID_ARGUMENT", message: "a file needs a path" },
    {
      name: "a name that is too long",
      path: "n".repeat(5000),
      code: "INVALID_ARGUMENT",
      message: "the path is too long",
    },
    {
      name: "a file of more than 64 MiB",
      path: "huge",
      code: "OUT_OF_RANGE",
      message: '"huge" has 67108865 bytes, more than the 67108864 that are read',
    },
    {
      name: "a broken document, without quoting it",
      path: "broken.yaml",
      code: "INVALID_ARGUMENT",
      message: "file is not valid YAML at line 1, column 11: BAD_INDENT",
    },
  ])("refuses $name", async ({ path, code, message }) => {
    expect(await ask(path)).toMatchObject({ ok: false, code, message });
  });

  it.skipIf(process.platform === "win32")("refuses a FIFO and does not wait for it", async () => {
    expect(await ask("fifo")).toMatchObject({
      ok: false,
      code: "INVALID_ARGUMENT",
      message: '"fifo" is no regular file',
    });
  });

  it("refuses the metadata key that is for writing", async () => {
    const store = await openTestStore({ store: fileStore, env: {}, cwd });
    const [answer] = await store.ask([{ path: "a.json", metadata: { key: '["n"]' } }]);
    await store.close();
    expect(answer).toMatchObject({
      ok: false,
      code: "INVALID_ARGUMENT",
      message: 'metadata key "key" is for writing',
      hint: "put the key path behind | instead",
    });
  });

  it("refuses an absolute path outside", async () => {
    expect(await ask("/etc/passwd")).toMatchObject({ ok: false, code: "PERMISSION_DENIED" });
  });
});

describe("the store FILE, as plugin and in this process,", () => {
  it("writes a value into a document, and lists it", async () => {
    const plugins = await buildTestPlugins();
    const env = { PATH: process.env["PATH"] };
    for (const subject of [{ store: fileStore }, { executable: plugins.file("file") }]) {
      const own = mkdtempSync(join(folder, "own-"));
      writeFileSync(join(own, "a.yaml"), "db: # c\n  p: old\n");
      const store = await openTestStore({ ...subject, env, cwd: own });
      const wanted = { path: "a.yaml", metadata: { key: '["db","p"]' }, data: "new" };
      expect(await store.put(wanted)).toEqual({ ok: true, version: "" });
      expect(readFileSync(join(own, "a.yaml"), "utf8")).toBe("db: # c\n  p: new\n");
      expect(await store.put({ ...wanted, createOnly: true })).toMatchObject({
        ok: false,
        code: "ALREADY_EXISTS",
        message: '"a.yaml|db.p" already exists',
      });
      const listed = await store.list({ path: "." });
      const texts = listed.ok ? listed.values.map(({ path, data }) => [path, Buffer.from(data).toString()]) : listed;
      expect(texts).toEqual([["a.yaml", '{"db":{"p":"new"}}']]);
      await store.close();
    }
  });

  it("lists nothing for a metadata key", async () => {
    const store = await openTestStore({ store: fileStore, env: {}, cwd });
    const listed = await store.list({ path: "conf", metadata: { key: '["a"]' } });
    await store.close();
    expect(listed).toMatchObject({ ok: false, message: 'metadata key "key" is for writing' });
  });
});

describe("the option root", () => {
  it("is another folder, absolute or from the working directory", async () => {
    expect(await ask("outside.txt", { root: ".." })).toMatchObject({ ok: true });
    expect(await ask("b.yaml", { root: join(cwd, "conf") })).toMatchObject({ ok: true });
    expect(await ask("../a.json", { root: "conf" })).toMatchObject({ ok: false, code: "PERMISSION_DENIED" });
  });

  it("may be the root of the file system", async () => {
    expect(await ask(join(cwd, "empty"), { root: "/" })).toMatchObject({ ok: true });
  });

  it("that is not there is an error of each value", async () => {
    expect(await ask("a.json", { root: "none" })).toMatchObject({ ok: false, code: "NOT_FOUND" });
  });

  it.each([{ root: "" }, { root: 3 }, { root: null }, { rot: "x" }])("refuses %j", async (options) => {
    await expect(ask("a.json", options)).rejects.toMatchObject({ kind: "badRequest" });
  });
});

describe("errors of the file system", () => {
  it.each([
    ["EACCES", "denied"],
    ["EPERM", "denied"],
    ["ENOENT", "notFound"],
    ["ENOTDIR", "notFound"],
    ["EISDIR", "badRequest"],
    ["EIO", "failed"],
  ])("%s is %s", (code, kind) => {
    expect(toStoreError(Object.assign(new Error(code), { code }), "x").kind).toBe(kind);
  });

  it.runIf(process.platform !== "win32" && process.getuid?.() !== 0)(
    "a file without permission is denied",
    async () => {
      writeFileSync(join(cwd, "locked"), "x", { mode: 0 });
      expect(await ask("locked")).toMatchObject({ ok: false, code: "PERMISSION_DENIED" });
    },
  );
});

describe("the format of a file", () => {
  it.each([
    ["a.yaml", "yaml"],
    ["a.yml", "yaml"],
    ["a.toml", "toml"],
    [".env", "dotenv"],
    ["x/.ENV", "dotenv"],
    ["a.env", "dotenv"],
    ["a.json", "bytes"],
    [".env.local", "bytes"],
    ["env", "bytes"],
    ["a.yaml/b", "bytes"],
    ["a.yaml.txt", "bytes"],
  ])("of %s is %s", (path, format) => {
    expect(formatOf(path)).toBe(format);
  });
});
