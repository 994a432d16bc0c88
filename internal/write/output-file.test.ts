import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigManagerError } from "../errors/errors.ts";
import { stageOutputFiles, type StagedOutputs, writeOutputFile } from "./output-file.ts";
import type { OutputFs } from "./output-fs.ts";
import type { OutputBlocks, OutputOptions } from "./output-options.ts";

let folder = "";
beforeEach(() => {
  folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "cm-output-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});
const at = (name: string): string => join(folder, name);
const read = (name: string): string => fs.readFileSync(at(name), "utf8");
const modeOf = (name: string): number => fs.statSync(at(name)).mode & 0o7777;

describe("a new file", () => {
  it("holds all blocks, those larger than one write among them", async () => {
    const parts = [Buffer.from("a"), Buffer.alloc(0), Buffer.alloc(10_000_000, "b"), Buffer.from("c")];
    expect(await writeOutputFile(fs, at("out"), parts)).toBe("written");
    expect(fs.readFileSync(at("out")).equals(Buffer.concat(parts))).toBe(true);
  });

  it.each([
    { name: "0600 unless another is asked for", fileMode: undefined, expected: 0o600 },
    { name: "the one asked for, whatever the umask", fileMode: 0o666, expected: 0o666 },
    { name: "the one asked for when it is narrower", fileMode: 0o400, expected: 0o400 },
  ])("has the mode $name", async ({ fileMode, expected }) => {
    await writeOutputFile(fs, at("out"), text("x"), { fileMode });
    expect(modeOf("out")).toBe(expected);
  });

  it("may be empty, and may have the longest name there is", async () => {
    const name = "n".repeat(255);
    await writeOutputFile(fs, at(name), []);
    expect(fs.statSync(at(name)).size).toBe(0);
  });

  it("takes shape in a file of the same folder that only its owner can read, under a name of chance", async () => {
    const seen: { name: string; mode: number }[] = [];
    for (const out of ["out1", "out2"]) {
      const spy: OutputBlocks = {
        *[Symbol.iterator]() {
          yield Buffer.from("x");
          const name = fs.readdirSync(folder).find((each) => each.endsWith(".tmp"))!;
          seen.push({ name, mode: modeOf(name) });
        },
      };
      await writeOutputFile(fs, at(out), spy, { fileMode: 0o644 });
    }
    expect(seen.map(({ mode }) => mode)).toEqual([0o600, 0o600]);
    expect(seen[0]!.name).toMatch(/^\.configmanager-0-[0-9a-f]{12}\.tmp$/);
    expect(seen[0]!.name).not.toBe(seen[1]!.name);
    expect(fs.readdirSync(folder).sort()).toEqual(["out1", "out2"]);
  });

  it("is flushed before it takes its place, and its folder after", async () => {
    const { recorded, log } = recording();
    await writeOutputFile(recorded, at("out"), text("x"));
    const steps = log.filter((step) => /^(open|write|sync|close|rename)/.test(step));
    expect(steps).toEqual(["open .tmp", "write", "sync", "close", "rename", "open folder", "sync", "close"]);
  });

  it("is complete although the system writes less than it is given", async () => {
    const short: OutputFs = {
      ...fs,
      writeSync: (file, bytes, offset, length, position) =>
        fs.writeSync(file, bytes, offset, Math.min(length, 3), position),
    };
    await writeOutputFile(short, at("out"), text("0123456789"));
    expect(read("out")).toBe("0123456789");
  });

  it("is written where the file system has nothing to flush", async () => {
    const unflushed: OutputFs = { ...fs, fsync: (_file, done) => done(errno("EINVAL")) };
    await writeOutputFile(unflushed, at("out"), text("x"));
    expect(read("out")).toBe("x");
  });
});

describe("an existing file", () => {
  it.each([0o600, 0o644, 0o755, 0o664])("keeps its mode %o, whatever mode a new one would get", async (mode) => {
    fs.writeFileSync(at("out"), "old");
    fs.chmodSync(at("out"), mode);
    expect(await writeOutputFile(fs, at("out"), text("new"), { fileMode: 0o777 })).toBe("written");
    expect([read("out"), modeOf("out")]).toEqual(["new", mode]);
  });

  it.runIf(process.getuid?.() === 0)("keeps its owner and group", async () => {
    fs.writeFileSync(at("out"), "old");
    fs.chownSync(at("out"), 12_345, 54_321);
    fs.chmodSync(at("out"), 0o4755);
    await writeOutputFile(fs, at("out"), text("new"));
    const { uid, gid } = fs.statSync(at("out"));
    expect([uid, gid, modeOf("out")]).toEqual([12_345, 54_321, 0o4755]);
  });

  it.each([
    { name: "a foreign group's rights", before: 0o660, after: 0o600 },
    { name: "no right that everybody has", before: 0o644, after: 0o644 },
    { name: "set-id bits", before: 0o6755, after: 0o755 },
  ])("loses, when owner and group cannot be kept, $name", async ({ before, after }) => {
    fs.writeFileSync(at("out"), "old");
    fs.chmodSync(at("out"), before);
    const foreign: OutputFs = {
      ...fs,
      fstatSync: (file) => Object.assign(fs.fstatSync(file), { uid: 12_345, gid: 54_321 }),
      fchownSync: fails("EPERM"),
    };
    await writeOutputFile(foreign, at("out"), text("new"));
    expect([read("out"), modeOf("out")]).toEqual(["new", after]);
  });

  it.each([
    { name: "as one block", parts: ["same"] },
    { name: "in several blocks", parts: ["s", "", "am", "e"] },
  ])("is not touched when the result $name equals what is there", async ({ parts }) => {
    fs.writeFileSync(at("out"), "same");
    fs.chmodSync(at("out"), 0o640);
    const before = fs.statSync(at("out"));
    const { recorded, log } = recording();
    const blocks = parts.map((part) => Buffer.from(part));
    expect(await writeOutputFile(recorded, at("out"), blocks, { fileMode: 0o600 })).toBe("unchanged");
    const { ino, mtimeMs, ctimeMs, mode } = fs.statSync(at("out"));
    expect([ino, mtimeMs, ctimeMs, mode]).toEqual([before.ino, before.mtimeMs, before.ctimeMs, before.mode]);
    expect(log.filter((step) => step !== "read")).toEqual(["open out", "close"]);
  });

  it.each([
    { name: "is longer", old: "same and more", parts: ["same"] },
    { name: "is shorter", old: "sam", parts: ["same"] },
    { name: "is empty", old: "", parts: ["same"] },
    { name: "differs in its last byte", old: "samE", parts: ["sam", "e"] },
    { name: "is to be empty", old: "old", parts: [] },
  ])("is replaced when what is there $name", async ({ old, parts }) => {
    fs.writeFileSync(at("out"), old);
    expect(
      await writeOutputFile(
        fs,
        at("out"),
        parts.map((part) => Buffer.from(part)),
      ),
    ).toBe("written");
    expect(read("out")).toBe(parts.join(""));
  });

  it("is not even read when the sizes differ", async () => {
    fs.writeFileSync(at("out"), "old");
    const { recorded, log } = recording();
    await writeOutputFile(recorded, at("out"), Object.assign(text("newer"), { byteLength: 5 }));
    expect(log).not.toContain("open out");
  });

  it("stays the old one for whoever reads it", async () => {
    fs.writeFileSync(at("out"), "old");
    const open = fs.openSync(at("out"), "r");
    await writeOutputFile(fs, at("out"), text("new"));
    expect(fs.readFileSync(open, "utf8")).toBe("old");
    fs.closeSync(open);
  });

  it("is not replaced with blocks that can be read only once", async () => {
    fs.writeFileSync(at("out"), "old");
    const once = text("new")[Symbol.iterator]();
    await expect(writeOutputFile(fs, at("out"), once)).rejects.toMatchObject({ code: "CM_INTERNAL" });
    expect(read("out")).toBe("old");
  });
});

describe("a symbolic link", () => {
  it.each([
    { name: "to a file", links: { link: "real" } },
    { name: "to a link to a file", links: { link: "link2", link2: "real" } },
    {
      name: "in a linked folder, relative to where that leads",
      links: { "sub/deep": ".", dir: "sub", link: "dir/back", "sub/back": "../real" },
    },
  ])("$name is followed and stays", async ({ links }) => {
    fs.mkdirSync(at("sub"));
    fs.writeFileSync(at("real"), "old");
    for (const [name, to] of Object.entries(links)) fs.symlinkSync(to, at(name));
    await writeOutputFile(fs, at("link"), text("new"));
    expect([read("real"), fs.lstatSync(at("link")).isSymbolicLink()]).toEqual(["new", true]);
  });

  it.each([
    { name: "relative", to: () => "sub/new" },
    { name: "absolute", to: () => at("sub/new") },
    { name: "through another link", to: () => "other" },
    { name: "upwards from where the folder is", to: () => "dir/../sub/new" },
  ])("that dangles ($name) is followed, and its target created", async ({ to }) => {
    fs.mkdirSync(at("sub/deeper"), { recursive: true });
    fs.symlinkSync("sub/new", at("other"));
    fs.symlinkSync("sub/deeper", at("dir"));
    fs.symlinkSync(to(), at("link"));
    // `dir/..` is the folder of sub/deeper, which is sub.
    const created = to() === "dir/../sub/new" ? "sub/sub/new" : "sub/new";
    fs.mkdirSync(at("sub/sub"));
    await writeOutputFile(fs, at("link"), text("new"));
    expect([read(created), fs.lstatSync(at("link")).isSymbolicLink()]).toEqual(["new", true]);
  });

  it("that leads in a circle is an error", async () => {
    fs.symlinkSync("b", at("a"));
    fs.symlinkSync("a", at("b"));
    expect((await failure(writeOutputFile(fs, at("a"), text("x")))).message).toContain("circle");
  });

  it("that leads into a folder that is not there is an error", async () => {
    fs.symlinkSync("missing/file", at("link"));
    expect((await failure(writeOutputFile(fs, at("link"), text("x")))).message).toContain("its folder does not exist");
  });
});

describe("what is no regular file", () => {
  it("/dev/null is written to and stays what it is", async () => {
    expect(await writeOutputFile(fs, "/dev/null", text("x".repeat(1_000_000)))).toBe("written");
    expect(fs.statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  it.skipIf(!fs.existsSync("/dev/full"))("a device that is full is an error", async () => {
    expect((await failure(writeOutputFile(fs, "/dev/full", text("x")))).message).toContain("the disk is full");
  });

  it("a FIFO gives its reader everything", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    const reader = spawn("cat", [at("pipe")], { stdio: ["ignore", "pipe", "inherit"] });
    const received = buffer(reader.stdout);
    const sent = Buffer.alloc(3_000_000, "0123456789");
    expect(await writeOutputFile(fs, at("pipe"), [sent])).toBe("written");
    expect((await received).equals(sent)).toBe(true);
    expect(fs.statSync(at("pipe")).isFIFO()).toBe(true);
  });

  it("a FIFO behind a link is written to", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    fs.symlinkSync("pipe", at("link"));
    const reader = spawn("cat", [at("pipe")], { stdio: ["ignore", "pipe", "inherit"] });
    const received = buffer(reader.stdout);
    await writeOutputFile(fs, at("link"), text("x"));
    expect((await received).toString()).toBe("x");
  });

  it("a FIFO that nobody reads is given up when the run is aborted, and no thread stays blocked", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    const controller = new AbortController();
    const writing = writeOutputFile(fs, at("pipe"), text("x"), { signal: controller.signal });
    setImmediate(() => controller.abort(canceled));
    await expect(writing).rejects.toBe(canceled);
  });

  it("a FIFO whose reader has stopped reading is given up when the run is aborted", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    const reader = fs.openSync(at("pipe"), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const controller = new AbortController();
    let writes = 0;
    const watched: OutputFs = {
      ...fs,
      promises: {
        open: async (path, flags) => {
          const handle = await fs.promises.open(path, flags);
          return {
            read: (...args) => handle.read(...args),
            close: () => handle.close(),
            write(...args) {
              const written = handle.write(...args);
              // The first one fills the pipe, the second one waits for the reader.
              if (++writes === 2) setImmediate(() => controller.abort(canceled));
              return written;
            },
          };
        },
      },
    };
    const sent = [Buffer.alloc(1_000_000)];
    await expect(writeOutputFile(watched, at("pipe"), sent, { signal: controller.signal })).rejects.toBe(canceled);
    expect(writes).toBe(2);
    fs.closeSync(reader);
  });

  it("a pipe whose reader has gone is an error", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    const reader = spawn("head", ["-c", "1", at("pipe")], { stdio: ["ignore", "ignore", "inherit"] });
    const error = await failure(writeOutputFile(fs, at("pipe"), [Buffer.alloc(10_000_000)]));
    expect([error.message.includes("its reader has gone"), reader.pid]).toEqual([true, expect.any(Number)]);
  });
});

const faults: { name: string; path: () => string; reason: string; hint: string }[] = [
  { name: "a folder", path: () => at(""), reason: "it is a folder", hint: "name a file in it" },
  {
    name: "a path that ends in a slash",
    path: () => `${at("new")}/`,
    reason: "it is a folder",
    hint: "name a file in it",
  },
  {
    name: "a file in a folder that does not exist",
    path: () => at("no/such/out"),
    reason: "its folder does not exist",
    hint: "create the folder",
  },
  {
    name: "a file below a file",
    path: () => at("old/out"),
    reason: "a part of its path is no folder",
    hint: "name a file",
  },
  {
    name: "a name that is too long",
    path: () => at("n".repeat(256)),
    reason: "its name is too long",
    hint: "name another file",
  },
];

const brokenSteps: {
  step: "rename" | "open" | "write" | "sync" | "access";
  code: string;
  reason: string;
  hint: string;
}[] = [
  { step: "rename", code: "EBUSY", reason: "mounted by itself", hint: "-p stdout" },
  { step: "rename", code: "EXDEV", reason: "mounted by itself", hint: "-p stdout" },
  { step: "rename", code: "EPERM", reason: "cannot be replaced", hint: "-p stdout" },
  { step: "rename", code: "EACCES", reason: "cannot be replaced", hint: "-p stdout" },
  { step: "open", code: "EROFS", reason: "read-only", hint: "-p stdout" },
  { step: "open", code: "EACCES", reason: "no file can be made in its folder", hint: "-p stdout" },
  { step: "open", code: "EMFILE", reason: "too many files are open", hint: "ulimit" },
  { step: "access", code: "EACCES", reason: "permission denied", hint: "-p stdout" },
  { step: "write", code: "ENOSPC", reason: "the disk is full", hint: "make room" },
  { step: "write", code: "EDQUOT", reason: "quota", hint: "make room" },
  { step: "write", code: "EFBIG", reason: "larger than is allowed", hint: "ulimit" },
  { step: "sync", code: "EIO", reason: "EIO", hint: "-p stdout" },
];

describe("an output that cannot be written", () => {
  it.each(faults)("is $name", async ({ path, reason, hint }) => {
    fs.writeFileSync(at("old"), "old");
    const error = await failure(writeOutputFile(fs, path(), text("x")));
    expect(error.message).toBe(`output "${path()}" cannot be written: ${reason}`);
    expect(error.hint).toContain(hint);
    expect(fs.readdirSync(folder)).toEqual(["old"]);
  });

  it("names the folder to create", async () => {
    const error = await failure(writeOutputFile(fs, at("$&/out"), text("x")));
    expect(error.hint).toBe(`create the folder "${at("$&")}"`);
  });

  it.each(brokenSteps)(
    "when $step fails with $code, is as it was, and nothing is left beside it",
    async ({ step, code, reason, hint }) => {
      fs.writeFileSync(at("out"), "old");
      const error = await failure(writeOutputFile(broken(step, code), at("out"), text("new")));
      expect(error.message).toContain(reason);
      expect(error.hint).toContain(hint);
      expect(error.details["errno"]).toBe(code);
      expect([read("out"), fs.readdirSync(folder)]).toEqual(["old", ["out"]]);
    },
  );

  it("is as it was when the blocks fail half-way", async () => {
    fs.writeFileSync(at("out"), "old");
    const reason = new TypeError("a bug");
    const failing: OutputBlocks = {
      *[Symbol.iterator]() {
        yield Buffer.from("new");
        throw reason;
      },
    };
    await expect(writeOutputFile(fs, at("out"), failing)).rejects.toBe(reason);
    expect([read("out"), fs.readdirSync(folder)]).toEqual(["old", ["out"]]);
  });
});

describe("an aborted run", () => {
  it.each([
    { name: "before", abortAt: 0 },
    { name: "while it compares", abortAt: 1 },
    { name: "while it writes", abortAt: 4 },
    { name: "after the last block", abortAt: 6 },
  ])("$name leaves the old file and nothing beside it", async ({ abortAt }) => {
    fs.writeFileSync(at("out"), "123old");
    const controller = new AbortController();
    let taken = 0;
    const count = (): void => {
      if (taken++ === abortAt) controller.abort(canceled);
    };
    // Two blocks are compared, the second of which differs, then three are written.
    const blocks: OutputBlocks = {
      *[Symbol.iterator]() {
        for (const block of ["123", "new", "!"]) {
          count();
          yield Buffer.from(block);
        }
        count();
      },
    };
    count();
    await expect(writeOutputFile(fs, at("out"), blocks, { signal: controller.signal })).rejects.toBe(canceled);
    expect([read("out"), fs.readdirSync(folder)]).toEqual(["123old", ["out"]]);
  });
});

describe("a process that ends", () => {
  it("removes the temporary file, and has nothing to remove once the output is in its place", async () => {
    const callbacks = new Set<() => void>();
    const onProcessExit = (callback: () => void): (() => void) => {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    };
    const staged = await stage("out", "new", { onProcessExit });
    expect([fs.readdirSync(folder).length, callbacks.size]).toEqual([1, 1]);
    for (const callback of callbacks) callback();
    expect(fs.readdirSync(folder)).toEqual([]);
    // Once more does no harm.
    for (const callback of callbacks) callback();
    staged.discard();
    expect(callbacks.size).toBe(0);

    await writeOutputFile(fs, at("out"), text("new"), { onProcessExit });
    await failure(writeOutputFile(broken("rename", "EBUSY"), at("out"), text("newer"), { onProcessExit }));
    await failure(writeOutputFile(broken("write", "ENOSPC"), at("out"), text("newer"), { onProcessExit }));
    expect(callbacks.size).toBe(0);
  });
});

describe("a staged output", () => {
  it("takes its place only when it is committed", async () => {
    fs.writeFileSync(at("out"), "old");
    const staged = await stage("out", "new");
    expect([read("out"), fs.readdirSync(folder).length]).toEqual(["old", 2]);
    expect(await staged.commit()).toEqual(["written"]);
    expect([read("out"), fs.readdirSync(folder)]).toEqual(["new", ["out"]]);
  });

  it("leaves nothing when it is discarded", async () => {
    fs.writeFileSync(at("out"), "old");
    const staged = await stage("out", "new");
    staged.discard();
    expect([read("out"), fs.readdirSync(folder)]).toEqual(["old", ["out"]]);
  });
});

const canceled = new ConfigManagerError("CM_CANCELED", "interrupted");

function text(content: string): readonly Uint8Array[] {
  return [Buffer.from(content)];
}

async function failure(writing: Promise<unknown>): Promise<ConfigManagerError> {
  const thrown: unknown = await writing.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof ConfigManagerError && thrown.code === "CM_OUTPUT_UNWRITABLE") return thrown;
  throw new Error("it did not fail with CM_OUTPUT_UNWRITABLE", { cause: thrown });
}

function errno(code: string): Error {
  return Object.assign(new Error(code), { code, syscall: "test" });
}

function stage(name: string, content: string, options: OutputOptions = {}): Promise<StagedOutputs> {
  return stageOutputFiles(fs, [{ path: at(name), blocks: text(content) }], options);
}

function fails(code: string): () => never {
  return () => {
    throw errno(code);
  };
}

// The real file system, in which one step fails.
function broken(step: "rename" | "open" | "write" | "sync" | "access", code: string): OutputFs {
  const fail = fails(code);
  const steps: Readonly<Record<typeof step, Partial<OutputFs>>> = {
    rename: { renameSync: fail },
    // Only the temporary file is opened with a mode.
    open: { openSync: (path, flags, mode) => (mode === undefined ? fs.openSync(path, flags) : fail()) },
    write: { writeSync: fail },
    sync: { fsync: (_file, done) => done(errno(code)) },
    access: { accessSync: fail },
  };
  return { ...fs, ...steps[step] };
}

// The real file system, and what was done with it.
function recording(): { recorded: OutputFs; log: string[] } {
  const log: string[] = [];
  const note = <T>(step: string, value: T): T => {
    log.push(step);
    return value;
  };
  return {
    log,
    recorded: {
      ...fs,
      openSync: (path, flags, mode) => {
        const what = path.endsWith(".tmp") ? ".tmp" : path === folder ? "folder" : "out";
        return note(`open ${what}`, fs.openSync(path, flags, mode));
      },
      readSync: (...args) => note("read", fs.readSync(...args)),
      writeSync: (...args) => note("write", fs.writeSync(...args)),
      fsync: (...args) => note("sync", fs.fsync(...args)),
      closeSync: (file) => note("close", fs.closeSync(file)),
      renameSync: (from, to) => note("rename", fs.renameSync(from, to)),
    },
  };
}
