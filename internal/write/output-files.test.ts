import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigManagerError, toErrors } from "../errors/errors.ts";
import { writeOutputFiles } from "./output-file.ts";
import type { OutputFs } from "./output-fs.ts";
import type { OutputWriter } from "./output-leftovers.ts";
import type { OutputFile } from "./output-options.ts";

let folder = "";
beforeEach(() => {
  folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "cm-outputs-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});
const at = (name: string): string => join(folder, name);
const read = (name: string): string => fs.readFileSync(at(name), "utf8");
const modeOf = (name: string): number => fs.statSync(at(name)).mode & 0o7777;
const all = (): string[] => fs.readdirSync(folder, { recursive: true }).map(String).sort();

describe("several outputs", () => {
  it("are all flushed before the first one takes its place, and each folder once after the last", async () => {
    const log: string[] = [];
    const recorded: OutputFs = {
      ...fs,
      openSync: (path, flags, mode) => {
        if (path === folder) log.push("folder");
        return fs.openSync(path, flags, mode);
      },
      fsync: (file, done) => {
        fs.fsync(file, (error) => {
          log.push("flushed");
          done(error);
        });
      },
      renameSync: (from, to) => {
        log.push("renamed");
        fs.renameSync(from, to);
      },
    };
    const names = Array.from({ length: 100 }, (_, index) => `out${index}`);
    const results = await writeOutputFiles(recorded, names.map(toFile));
    expect(results).toEqual(names.map(() => "written"));
    expect(names.map(read)).toEqual(names.map((name) => `new ${name}`));
    expect(log.map((step) => step[0]).join("")).toMatch(/^f{100}r{100}ff$/);
  });

  it("are written where they differ from what is there", async () => {
    write({ a: "new a", b: "old", "sub/c": "old" });
    const before = fs.statSync(at("a")).ino;
    const results = await writeOutputFiles(fs, ["a", "b", "sub/c", "d"].map(toFile));
    expect(results).toEqual(["unchanged", "written", "written", "written"]);
    expect([fs.statSync(at("a")).ino, read("b"), read("sub/c"), read("d")]).toEqual([
      before,
      "new b",
      "new sub/c",
      "new d",
    ]);
  });

  it("are told of together when they cannot be written, and none is", async () => {
    write({ a: "old", "sub/x": "" });
    const error = await failure(writeOutputFiles(fs, ["a", "sub", "b", "a/c"].map(toFile), { makeFolders: true }));
    expect(toErrors(error).map(({ message }) => message)).toEqual([
      'output "sub" cannot be written: it is a folder',
      'output "a/c" cannot be written: a part of its path is no folder',
    ]);
    expect([read("a"), all()]).toEqual(["old", ["a", "sub", "sub/x"]]);
  });

  it("stay as they are when one of them cannot be staged", async () => {
    write({ a: "old", b: "old" });
    let opened = 0;
    const full: OutputFs = {
      ...fs,
      writeSync: (...args) => {
        if (++opened === 3) throw errno("ENOSPC");
        return fs.writeSync(...args);
      },
    };
    const error = await failure(writeOutputFiles(full, ["a", "b", "new/c"].map(toFile), { makeFolders: true }));
    expect(toErrors(error)).toMatchObject([{ code: "CM_OUTPUT_UNWRITABLE", details: { path: "new/c" } }]);
    expect([read("a"), read("b"), all()]).toEqual(["old", "old", ["a", "b"]]);
  });

  it("stay as they are when a flush fails", async () => {
    write({ a: "old" });
    let flushed = 0;
    const failing: OutputFs = {
      ...fs,
      fsync: (_file, done) => setImmediate(done, ++flushed === 2 ? errno("EIO") : null),
    };
    const error = await failure(writeOutputFiles(failing, ["a", "b", "c"].map(toFile)));
    expect(toErrors(error)).toMatchObject([{ code: "CM_OUTPUT_UNWRITABLE", details: { path: "b", errno: "EIO" } }]);
    expect([read("a"), all()]).toEqual(["old", ["a"]]);
  });
});

describe("outputs that were not all replaced", () => {
  it("are told apart when a rename fails, and nothing is left beside them", async () => {
    write({ a: "old", b: "old", c: "old" });
    const failing: OutputFs = {
      ...fs,
      renameSync: (from, to) => {
        if (to === at("b")) throw errno("EBUSY");
        fs.renameSync(from, to);
      },
    };
    const error = await failure(writeOutputFiles(failing, ["a", "b", "c"].map(toFile)));
    expect(error).toMatchObject({
      code: "CM_OUTPUT_UNWRITABLE",
      details: { written: ["a"], left: ["b", "c"] },
    });
    expect((error as ConfigManagerError).hint?.split("\n").slice(1)).toEqual([
      "correct that and run it again: 1 of 3 files were replaced, each of them whole",
      'replaced: "a"',
      'not replaced: "b", "c"',
    ]);
    expect([read("a"), read("b"), read("c"), all()]).toEqual(["new a", "old", "old", ["a", "b", "c"]]);
  });

  it("are told apart when a signal comes in between, the lists bounded", async () => {
    const controller = new AbortController();
    const interrupting: OutputFs = {
      ...fs,
      renameSync: (from, to) => {
        fs.renameSync(from, to);
        if (to === at("out29")) controller.abort(canceled);
      },
    };
    const names = Array.from({ length: 60 }, (_, index) => `out${index}`);
    const error = await failure(writeOutputFiles(interrupting, names.map(toFile), { signal: controller.signal }));
    expect(error).toMatchObject({
      code: "CM_CANCELED",
      message: "interrupted",
      details: { signal: "SIGINT", written: names.slice(0, 20), left: names.slice(30, 50) },
    });
    expect((error as ConfigManagerError).hint).toMatch(
      /^run it again: 30 of 60 files were replaced.*\nreplaced: "out0", .* and 10 more\nnot replaced: "out30", .* and 10 more$/,
    );
    expect(all()).toEqual(names.slice(0, 30).sort());
  });

  it("are none before the first rename: then the signal's reason is all there is to say", async () => {
    const controller = new AbortController();
    const interrupting: OutputFs = {
      ...fs,
      fsync: (file, done) => {
        controller.abort(canceled);
        fs.fsync(file, done);
      },
    };
    const writing = writeOutputFiles(interrupting, ["a", "b"].map(toFile), { signal: controller.signal });
    expect(await failure(writing)).toBe(canceled);
    expect(all()).toEqual([]);
  });
});

describe("folders of outputs", () => {
  it("are made where they are missing", async () => {
    await writeOutputFiles(fs, ["a/b/c", "a/d", "e"].map(toFile), { makeFolders: true });
    expect([read("a/b/c"), read("a/d"), read("e")]).toEqual(["new a/b/c", "new a/d", "new e"]);
  });

  it("are removed when the run fails, but for what was there and what is in use", async () => {
    write({ "there/x": "" });
    const failing: OutputFs = {
      ...fs,
      writeSync: () => {
        write({ "made/other/y": "" });
        throw errno("EIO");
      },
    };
    const files = ["there/new/a", "made/b/c", "made/other/d"].map(toFile);
    await failure(writeOutputFiles(failing, files, { makeFolders: true }));
    expect(all()).toEqual(["made", "made/other", "made/other/y", "there", "there/x"]);
  });
});

describe("a backup", () => {
  it("is the old file itself, its mode too, in place of an earlier backup", async () => {
    write({ a: "old", "a.bak": "older", b: "new b" });
    fs.chmodSync(at("a"), 0o640);
    const { ino } = fs.statSync(at("a"));
    await writeOutputFiles(fs, ["a", "b", "c"].map(toFile), { backupSuffix: ".bak" });
    expect([read("a"), read("a.bak"), modeOf("a.bak"), fs.statSync(at("a.bak")).ino]).toEqual([
      "new a",
      "old",
      0o640,
      ino,
    ]);
    expect(all()).toEqual(["a", "a.bak", "b", "c"]);
  });

  it("is a copy where the file system has no links", async () => {
    write({ a: "old" });
    fs.chmodSync(at("a"), 0o640);
    const unlinked: OutputFs = {
      ...fs,
      linkSync: () => {
        throw errno("EPERM");
      },
    };
    await writeOutputFiles(unlinked, [toFile("a")], { backupSuffix: "~" });
    expect([read("a"), read("a~"), modeOf("a~"), all()]).toEqual(["new a", "old", 0o640, ["a", "a~"]]);
  });

  it("that a killed run has made already leaves nothing beside it", async () => {
    write({ a: "old" });
    fs.linkSync(at("a"), at("a.bak"));
    await writeOutputFiles(fs, [toFile("a")], { backupSuffix: ".bak" });
    expect([read("a"), read("a.bak"), all()]).toEqual(["new a", "old", ["a", "a.bak"]]);
  });

  it.each([
    { name: "has a name that is too long", suffix: "x".repeat(255), reason: "its name is too long" },
    { name: "is a folder", suffix: ".d", reason: "it is a folder" },
  ])("that cannot be made because it $name leaves everything as it is", async ({ suffix, reason }) => {
    write({ a: "old", b: "old", "b.d/x": "" });
    const error = await failure(writeOutputFiles(fs, ["a", "b"].map(toFile), { backupSuffix: suffix }));
    expect(toErrors(error)).toMatchObject([{ code: "CM_OUTPUT_UNWRITABLE", message: expect.stringContaining(reason) }]);
    expect([read("a"), read("b"), all()]).toEqual(["old", "old", ["a", "b", "b.d", "b.d/x"]]);
  });
});

describe("what killed runs have left", () => {
  const writer: OutputWriter = { mark: "m-1-a", isGone: (mark) => mark.startsWith("dead") };
  const leftover = (mark: string): string => `.configmanager-${mark}-0123456789ab.tmp`;

  it("is removed from the outputs' folders, and nothing else is", async () => {
    const others = [leftover("alive-1-a"), leftover("m-1-a"), ".configmanager-dead-1-a-0123.tmp", "dead.tmp"];
    const elsewhere = `other/${leftover("dead-1-a")}`;
    write(
      Object.fromEntries(
        [leftover("dead-1-a"), `sub/${leftover("dead-2-b")}`, elsewhere, ...others].map((name) => [name, ""]),
      ),
    );
    await writeOutputFiles(fs, ["a", "sub/b"].map(toFile), { writer });
    expect(all()).toEqual([...others, "a", "other", elsewhere, "sub", "sub/b"].sort());
  });

  it("can be told by its writer", async () => {
    const seen: string[] = [];
    const spy: OutputFs = {
      ...fs,
      renameSync: (from, to) => {
        seen.push(from);
        fs.renameSync(from, to);
      },
    };
    await writeOutputFiles(spy, ["a", "b"].map(toFile), { writer });
    expect(seen).toEqual([0, 1].map(() => expect.stringMatching(/\/\.configmanager-m-1-a-[0-9a-f]{12}\.tmp$/)));
    expect(seen[0]).not.toBe(seen[1]);
  });
});

const canceled = new ConfigManagerError("CM_CANCELED", "interrupted", { details: { signal: "SIGINT" } });

function toFile(name: string): OutputFile {
  return { path: at(name), name, blocks: [Buffer.from(`new ${name}`)] };
}

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(join(at(name), ".."), { recursive: true });
    fs.writeFileSync(at(name), content);
  }
}

async function failure(writing: Promise<unknown>): Promise<unknown> {
  return writing.then(
    () => expect.unreachable("it was written"),
    (error: unknown) => error,
  );
}

function errno(code: string): Error {
  return Object.assign(new Error(code), { code, syscall: "test" });
}
