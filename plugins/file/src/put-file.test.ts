import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { StoreContext } from "configmanager/plugin";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { bundleProgram } from "../../../test/helpers/bundle-program.ts";
import { putFile } from "./put-file.ts";

let folder = "";
let cwd = "";
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "cm-put-"));
  cwd = join(folder, "work");
  fs.mkdirSync(join(cwd, "conf"), { recursive: true });
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(cwd, name);
const read = (name: string): string => fs.readFileSync(at(name), "utf8");
const write = (name: string, content: string | Buffer): void => fs.writeFileSync(at(name), content);

const log = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

interface Options {
  readonly keyPath?: readonly string[];
  readonly key?: string;
  readonly createOnly?: boolean;
  readonly root?: string;
  readonly signal?: AbortSignal;
}

function put(path: string, data: string | Buffer, options: Options = {}): Promise<void> {
  const { keyPath, createOnly = false, root, signal = new AbortController().signal } = options;
  const key = options.key ?? (keyPath === undefined ? undefined : JSON.stringify(keyPath));
  const context: StoreContext = { signal, log, env: {}, cwd, options: root === undefined ? {} : { root } };
  const metadata: Record<string, string> = key === undefined ? {} : { key };
  return putFile({ path, metadata, data: Buffer.from(data), createOnly }, context);
}

describe("a whole file", () => {
  it("is written byte for byte, its mode kept, and nothing left beside it", async () => {
    write("a.bin", "old");
    fs.chmodSync(at("a.bin"), 0o640);
    await put("a.bin", Buffer.from([0, 0xff, 0x80]));
    expect([...fs.readFileSync(at("a.bin"))]).toEqual([0, 0xff, 0x80]);
    expect([fs.statSync(at("a.bin")).mode & 0o777, fs.readdirSync(cwd)]).toEqual([0o640, ["a.bin", "conf"]]);
  });

  it.each(["conf/new.yaml", "./conf/../new", "new"])("that is not there is made: %s", async (path) => {
    await put(path, "new");
    expect([read(path), fs.statSync(at(path)).mode & 0o777]).toEqual(["new", 0o600]);
  });

  it("is made and not replaced when only a new one is wanted", async () => {
    await put("a", "new", { createOnly: true });
    const second = put("a", "newer", { createOnly: true });
    await expect(second).rejects.toMatchObject({ kind: "alreadyExists", message: '"a" already exists' });
    expect(read("a")).toBe("new");
  });

  it("is written through a link that stays", async () => {
    write("conf/real", "old");
    fs.symlinkSync("conf/real", at("link"));
    await put("link", "new");
    expect([read("conf/real"), fs.readlinkSync(at("link"))]).toEqual(["new", "conf/real"]);
  });

  it("is written below another root", async () => {
    await put("b", "new", { root: "conf" });
    expect(read("conf/b")).toBe("new");
  });
});

describe("a file that is refused", () => {
  const outside = (path: string): object => ({
    kind: "denied",
    message: `"${path}" is outside of the folder that files are read from`,
  });
  it.each([
    { name: "outside", path: "../new", expected: outside("../new") },
    { name: "in a folder that a link leads out to", path: "up/new", expected: outside("up/new") },
    { name: "behind a link that leads out", path: "outside", expected: outside("outside") },
    {
      name: "behind a link to nothing",
      path: "dangling",
      expected: { kind: "badRequest", message: '"dangling" is a symbolic link that leads to nothing' },
    },
    { name: "a folder", path: "conf", expected: { kind: "badRequest", message: '"conf" is a directory' } },
    {
      name: "a folder that is not there",
      path: "new/",
      expected: { kind: "badRequest", message: '"new/" is a directory' },
    },
    { name: "in no folder", path: "none/a", expected: { kind: "notFound", message: '"none" was not found' } },
    { name: "below a file", path: "conf/file/a", expected: { kind: "notFound", message: '"conf/file" was not found' } },
    { name: "without a path", path: "", expected: { kind: "badRequest", message: "a file needs a path" } },
    { name: "a FIFO", path: "fifo", expected: { kind: "badRequest", message: '"fifo" is no regular file' } },
  ])("$name, and nothing is made", async ({ path, expected }) => {
    fs.symlinkSync("..", at("up"));
    fs.writeFileSync(join(folder, "outside"), "old");
    fs.symlinkSync("../outside", at("outside"));
    fs.symlinkSync("../new", at("dangling"));
    write("conf/file", "old");
    execFileSync("mkfifo", [at("fifo")]);
    await expect(put(path, "new")).rejects.toMatchObject(expected);
    expect(fs.readdirSync(cwd)).toEqual(["conf", "dangling", "fifo", "outside", "up"]);
    expect([fs.readdirSync(folder), fs.readFileSync(join(folder, "outside"), "utf8")]).toEqual([
      ["outside", "work"],
      "old",
    ]);
  });

  it.skipIf(process.getuid?.() === 0)("one that its owner made read-only", async () => {
    write("a", "old");
    fs.chmodSync(at("a"), 0o400);
    await expect(put("a", "new")).rejects.toMatchObject({ kind: "denied", message: '"a" may not be written' });
  });

  it("one that could not be read again", async () => {
    const large = put("a", Buffer.alloc(64 * 1024 * 1024 + 1));
    await expect(large).rejects.toMatchObject({ kind: "tooLarge" });
    expect(fs.readdirSync(cwd)).toEqual(["conf"]);
  });

  it("one that is no longer wanted", async () => {
    const reason = new Error("no longer wanted");
    await expect(put("a", "new", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe("a value of a document", () => {
  it.each([
    { path: "a.json", old: '{ "n": 1.10, "db": {"p": "x"} }\n', expected: '{ "n": 1.10, "db": {"p": "new"} }\n' },
    { path: "a.YAML", old: "n: 1.10 # one\ndb: {p: x}", expected: "n: 1.10 # one\ndb: {p: new}" },
    { path: "a.yml", old: "\ufeffdb:\r\n  p: x\r\n", expected: "\ufeffdb:\r\n  p: new\r\n" },
  ])("is written in $path, and all else stays", async ({ path, old, expected }) => {
    write(path, old);
    await put(path, "new", { keyPath: ["db", "p"] });
    expect(read(path)).toBe(expected);
  });

  it.each([
    { path: "new.json", expected: '{\n  "db": {\n    "p": "new"\n  }\n}\n' },
    { path: "new.yaml", expected: "db:\n  p: new\n" },
  ])("makes $path where there is none", async ({ path, expected }) => {
    await put(path, "new", { keyPath: ["db", "p"], createOnly: true });
    expect(read(path)).toBe(expected);
  });

  it("that is there already is no reason to write", async () => {
    write("a.yaml", "p: same\n");
    const { ino } = fs.statSync(at("a.yaml"));
    await put("a.yaml", "same", { keyPath: ["p"] });
    expect(fs.statSync(at("a.yaml")).ino).toBe(ino);
  });

  it.each(["a.json", "a.yaml"])("is not replaced in %s when only a new one is wanted", async (path) => {
    write(path, '{"db": {"p": "old", "empty": null}}');
    await put(path, "new", { keyPath: ["db", "q"], createOnly: true });
    await put(path, "new", { keyPath: ["db", "empty"], createOnly: true });
    await expect(put(path, "new", { keyPath: ["db", "p"], createOnly: true })).rejects.toMatchObject({
      kind: "alreadyExists",
      message: `"${path}|db.p" already exists`,
    });
    expect(parse(read(path))).toEqual({ db: { p: "old", q: "new", empty: "new" } });
  });

  it.each(["a.toml", ".env", "prod.env", "a.txt", "json"])("is refused for %s", async (path) => {
    write(path, "old");
    await expect(put(path, "new", { keyPath: ["p"] })).rejects.toMatchObject({
      kind: "badRequest",
      message: `"${path}" cannot be written by key path: only .json, .yaml and .yml files can`,
    });
    expect(read(path)).toBe("old");
  });

  it.each(["", "p", "[]", "[1]", '"p"', '{"0":"p"}', '["p",null]'])("is refused for the keys %j", async (key) => {
    await expect(put("a.yaml", "new", { key })).rejects.toMatchObject({
      kind: "badRequest",
      message: 'metadata key "key" is no JSON array of keys',
    });
  });

  it("keeps the byte order mark that it begins with", async () => {
    await put("a.yaml", "\ufeffx", { keyPath: ["p"] });
    expect(read("a.yaml")).toBe('p: "\\ufeffx"\n');
  });

  it("that is no text is refused, as is a file that is none", async () => {
    const bytes = Buffer.from([0x61, 0xff]);
    write("a.yaml", bytes);
    const intoBytes = put("a.yaml", "new", { keyPath: ["p"] });
    await expect(intoBytes).rejects.toMatchObject({ message: "file is not valid UTF-8 text" });
    const ofBytes = put("b.yaml", bytes, { keyPath: ["p"] });
    await expect(ofBytes).rejects.toMatchObject({ message: "value is not valid UTF-8 text" });
  });

  it("is not lost to others that are written at the same time", async () => {
    write("a.yaml", "# values\n");
    const keys = Array.from({ length: 30 }, (_, index) => `k${index}`);
    await Promise.all(keys.map((key) => put("a.yaml", key, { keyPath: [key] })));
    expect(parse(read("a.yaml"))).toEqual(Object.fromEntries(keys.map((key) => [key, key])));
  });
});

describe("writers that are killed at any moment", () => {
  const kills = 200;
  it("leave the file as it was or as it shall be, and what they left is removed", { timeout: 240_000 }, async () => {
    const program = await bundleProgram("writers/put-values.ts", folder);
    // Large, so that a kill is likely to come in the middle of writing.
    const padding = `# ${"x".repeat(2_000_000)}\n`;
    write("a.yaml", `${padding}values:\n${Array.from({ length: 2 }, (_, at) => `  k${at}: "0"\n`).join("")}`);
    const form = /^values:\n(?: {2}k[01]: "(\d+)"\n){2}$/;

    // Each has a value of its own, so that they wait for each other and take over each other's locks.
    let locksLeft = 0;
    const killOften = async (key: string): Promise<void> => {
      for (let kill = 0; kill < kills / 2; kill++) {
        const writer = spawn(process.execPath, [program, cwd, "a.yaml", key], { stdio: ["ignore", "pipe", "inherit"] });
        try {
          await firstLine(writer);
          await delay(Math.random() * 30);
        } finally {
          writer.kill("SIGKILL");
        }
        await once(writer, "exit");
        if (lockHolder() === writer.pid) locksLeft++;
        const text = read("a.yaml");
        expect(text.startsWith(padding)).toBe(true);
        const rest = text.slice(padding.length);
        expect(rest).toMatch(form);
        const values = (parse(rest) as { values: Record<string, string> }).values;
        for (const value of Object.values(values)) expect(value).toMatch(/^(?:0|(\d+?)\1{299})$/);
      }
    };
    await Promise.all(["k0", "k1"].map(killOften));

    expect(locksLeft).toBeGreaterThan(0);
    await put("a.yaml", "last", { keyPath: ["values", "k0"] });
    expect(read("a.yaml")).toContain('  k0: "last"\n');
    expect(fs.readdirSync(cwd)).toEqual(["a.yaml", "conf"]);
  });
});

function lockHolder(): unknown {
  try {
    const name = fs.readdirSync(cwd).find((each) => each.endsWith(".lock")) ?? "";
    return (JSON.parse(read(name)) as { id: unknown }).id;
  } catch {
    return undefined;
  }
}

async function firstLine(writer: ChildProcess): Promise<void> {
  await Promise.race([
    once(writer.stdout!, "data"),
    once(writer, "exit").then(() => {
      throw new Error("the writer has ended by itself");
    }),
  ]);
}
