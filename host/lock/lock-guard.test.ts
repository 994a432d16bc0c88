/** Plugins as files of folders, looked at as before a launch; real ones are launched in `lock-runs.test.ts`. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { ConfigManagerError } from "../../internal/errors/errors.ts";
import { type LogRecord, temporaryFolder } from "../../test/helpers/test-pool.ts";
import type { FoundPlugin } from "../discover.ts";
import { platformName } from "../platform.ts";
import { createLockGuard, type LockGuardOptions } from "./lock-guard.ts";
import { formatLock, lockFileOf } from "./lockfile.ts";
import type { Checksum, LockedPlugin } from "./plugin-lock.ts";
import { verifiedFilesOf } from "./verified-files.ts";

const platform = platformName(process.platform, process.arch);

let cwd = "";
let home = "";
let env: Readonly<Record<string, string>> = {};
beforeEach(() => {
  const folder = temporaryFolder();
  [cwd, home] = [join(folder, "work"), join(folder, "home")];
  env = { XDG_CACHE_HOME: join(folder, "cache") };
});

const pluginsDir = (root: string): string => join(root, ".configmanager", "plugins");
const cacheFile = (): string => verifiedFilesOf({ env, home, platform: "linux" })!;
const remembered = (): string => (fs.existsSync(cacheFile()) ? fs.readFileSync(cacheFile(), "latin1") : "");

function sumOf(bytes: string): Checksum {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Puts a plugin's file into a folder of plugins. */
function put(name: string, bytes: string, root = cwd): FoundPlugin {
  const folder = join(pluginsDir(root), name);
  fs.mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}-${platform}`);
  fs.writeFileSync(file, bytes, { mode: 0o755 });
  const origin = root === cwd ? "working directory" : "home folder";
  return { prefix: name.toUpperCase(), file, isShipped: false, origin };
}

/** Writes the lock beside a folder of plugins. */
function lock(sums: Readonly<Record<string, Readonly<Record<string, Checksum>>>>, root = cwd): void {
  const plugins = Object.entries(sums).map(([name, checksums]): [string, LockedPlugin] => [
    name,
    { name, checksums: new Map(Object.entries(checksums)) },
  ]);
  fs.mkdirSync(pluginsDir(root), { recursive: true });
  fs.writeFileSync(lockFileOf(pluginsDir(root)), formatLock({ plugins: new Map(plugins) }));
}

interface Guarded {
  readonly error: ConfigManagerError | undefined;
  readonly records: readonly LogRecord[];
}

/** What a guard says, as if the files had been there for long. */
async function guard(
  plugins: FoundPlugin | readonly FoundPlugin[],
  {
    locked,
    now = () => Date.now() + 60_000,
    more = {},
    uid,
  }: Partial<LockGuardOptions> & {
    readonly more?: Readonly<Record<string, string>>;
    readonly uid?: number;
  } = {},
): Promise<Guarded> {
  const records: LogRecord[] = [];
  const ask = createLockGuard({
    context: {
      env: { ...env, ...more },
      cwd,
      home,
      platform: process.platform,
      arch: process.arch,
      execPath: process.execPath,
      shippedPluginsDir: undefined,
      uid: uid ?? process.getuid?.(),
    },
    locked,
    now,
    logger: {
      isEnabled: () => true,
      log: (level, message, fields = {}) => void records.push({ level, message, fields }),
    },
  });
  try {
    await Promise.all([plugins].flat().map(async (plugin) => ask(plugin)));
    return { error: undefined, records };
  } catch (error) {
    return { error: error as ConfigManagerError, records };
  }
}

describe("a plugin beside a lock", () => {
  it("runs when it is the one that was locked", async () => {
    const plugin = put("a", "one");
    lock({ a: { [platform]: sumOf("one") } });
    expect(await guard(plugin, { locked: true })).toEqual({ error: undefined, records: [] });
  });

  it("is CM_CHECKSUM_MISMATCH when it is another one, with both checksums and what to type", async () => {
    const plugin = put("a", "two");
    lock({ a: { [platform]: sumOf("one") } });
    const { error } = await guard(plugin);
    const short = (bytes: string): string => `${sumOf(bytes).slice(0, 19)}…`;
    expect(error).toMatchObject({
      code: "CM_CHECKSUM_MISMATCH",
      message: `the plugin file "${plugin.file}" is not the one that was locked, ${short("two")} and not ${short("one")}`,
      hint: "put the old one back; when it was changed on purpose, lock it with configmanager plugin lock a",
      details: { expected: sumOf("one"), found: sumOf("two"), lock: lockFileOf(pluginsDir(cwd)) },
    });
  });

  it.each([
    {
      name: "in no lock",
      sums: undefined,
      message: 'the plugin "a" is not locked, there is no lock',
      hint: "configmanager plugin lock a",
      logged: [],
    },
    {
      name: "not in the lock",
      sums: { b: { [platform]: sumOf("one") } },
      message: /^the plugin "a" is not locked in ".*plugins\.lock\.json"$/,
      hint: "configmanager plugin lock a",
      logged: [{ level: "debug", message: "a plugin is not in the lock" }],
    },
    {
      name: "in the lock for another platform only",
      sums: { a: { "plan9-mips": sumOf("one") } },
      message: new RegExp(`^the plugin "a" is not locked for ${platform} in ".*"$`),
      hint: `configmanager plugin lock a --platform ${platform}`,
      logged: [{ level: "warn", message: "a plugin's file is not in the lock for this platform" }],
    },
  ])("that is $name runs, and with --locked does not", async ({ sums, message, hint, logged }) => {
    const plugin = put("a", "one");
    if (sums !== undefined) lock(sums);
    const { error, records } = await guard(plugin);
    expect(error).toBeUndefined();
    expect(records).toMatchObject(logged);
    const refused = await guard(plugin, { locked: true });
    expect(refused.error).toMatchObject({
      code: "CM_LOCKFILE_OUTDATED",
      message: typeof message === "string" ? message : (expect.stringMatching(message) as string),
      hint: `${hint}, and commit the lock; --no-locked runs what is there`,
    });
  });

  it("is not looked at when the lock says nothing sensible", async () => {
    const plugin = put("a", "one");
    fs.writeFileSync(lockFileOf(pluginsDir(cwd)), "{");
    expect((await guard(plugin)).error).toMatchObject({ code: "CM_LOCKFILE_INVALID" });
  });

  it("goes by the lock of its own folder, not by a nearer one", async () => {
    const plugin = put("a", "one", home);
    lock({ a: { [platform]: sumOf("two") } });
    expect((await guard(plugin)).error).toBeUndefined();
    lock({ a: { [platform]: sumOf("three") } }, home);
    expect((await guard(plugin)).error).toMatchObject({ code: "CM_CHECKSUM_MISMATCH" });
  });

  it("is asked about under another prefix by the name of its folder", async () => {
    const plugin = { ...put("a", "two"), prefix: "PROD" };
    lock({ a: { [platform]: sumOf("one") } });
    expect((await guard(plugin)).error).toMatchObject({ code: "CM_CHECKSUM_MISMATCH", details: { plugin: "a" } });
  });

  it("follows a lock that changes while it is in use", async () => {
    const plugin = put("a", "two");
    lock({ a: { [platform]: sumOf("one") } });
    const context = { env, cwd, home, platform: process.platform, arch: process.arch, uid: process.getuid?.() };
    const ask = createLockGuard({
      context: { ...context, execPath: process.execPath, shippedPluginsDir: undefined },
      locked: undefined,
      logger: { isEnabled: () => false, log: () => {} },
    });
    await expect(ask(plugin)).rejects.toMatchObject({ code: "CM_CHECKSUM_MISMATCH" });
    lock({ a: { [platform]: sumOf("two") }, b: { [platform]: sumOf("x") } });
    await expect(ask(plugin)).resolves.toBeUndefined();
  });
});

describe("a plugin by its path in the configuration", () => {
  const byPath = (bytes: string): FoundPlugin => {
    fs.mkdirSync(join(cwd, "bin"), { recursive: true });
    fs.writeFileSync(join(cwd, "bin", "thing"), bytes);
    return { prefix: "OLD", file: join(cwd, "bin", "thing"), isShipped: false, origin: "configuration" };
  };

  it("is locked by its prefix, in the nearest lock that has it", async () => {
    lock({ other: { [platform]: sumOf("x") } });
    lock({ old: { [platform]: sumOf("one") } }, home);
    expect((await guard(byPath("one"), { locked: true })).error).toBeUndefined();
    expect((await guard(byPath("two"))).error).toMatchObject({
      code: "CM_CHECKSUM_MISMATCH",
      hint: "put the old one back; when it was changed on purpose, lock it with configmanager plugin lock old",
    });
  });

  it("has to be locked with --locked", async () => {
    expect((await guard(byPath("one"))).error).toBeUndefined();
    expect((await guard(byPath("one"), { locked: true })).error).toMatchObject({ code: "CM_LOCKFILE_OUTDATED" });
  });
});

describe("in CI", () => {
  it.each([
    { ci: "true", locked: undefined, hasLock: true, isRefused: true },
    { ci: "1", locked: undefined, hasLock: true, isRefused: true },
    { ci: "", locked: undefined, hasLock: true, isRefused: false },
    { ci: "false", locked: undefined, hasLock: true, isRefused: false },
    { ci: "true", locked: undefined, hasLock: false, isRefused: false },
    { ci: "true", locked: false, hasLock: true, isRefused: false },
    { ci: "false", locked: true, hasLock: false, isRefused: true },
  ])(
    "CI=$ci, locked $locked, a lock $hasLock: a plugin that is not locked is refused $isRefused",
    async ({ ci, locked, hasLock, isRefused }) => {
      const plugin = put("a", "one", home);
      if (hasLock) lock({ b: { [platform]: sumOf("x") } });
      const { error } = await guard(plugin, { locked, more: { CI: ci } });
      expect(error?.code).toBe(isRefused ? "CM_LOCKFILE_OUTDATED" : undefined);
    },
  );
});

describe("a file that was verified", () => {
  /** The stamp of a file, as the memory has it. */
  const stamp = (file: string): string => {
    const { dev, ino, size, mtimeNs, ctimeNs } = fs.statSync(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(":");
  };
  const remember = (file: string, checksum: Checksum): void => {
    fs.mkdirSync(join(cacheFile(), ".."), { recursive: true, mode: 0o700 });
    fs.writeFileSync(cacheFile(), `configmanager verified plugins 1\n${stamp(file)} ${checksum}\n`, { mode: 0o600 });
  };

  it("is remembered, for the user alone", async () => {
    const plugins = ["a", "b", "c"].map((name) => put(name, name));
    lock(Object.fromEntries(["a", "b", "c"].map((name) => [name, { [platform]: sumOf(name) }])));
    await guard(plugins);
    expect(remembered().split("\n").toSorted()).toEqual(
      ["", "configmanager verified plugins 1"]
        .concat(plugins.map(({ file }) => `${stamp(file)} ${sumOf(fs.readFileSync(file, "utf8"))}`).toSorted())
        .toSorted(),
    );
    const folder = join(cacheFile(), "..");
    expect([fs.statSync(folder).mode & 0o777, fs.statSync(cacheFile()).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(fs.readdirSync(folder)).toEqual(["verified-plugins"]);
  });

  it("is not read again", async () => {
    const plugin = put("a", "one");
    lock({ a: { [platform]: sumOf("what it never was") } });
    remember(plugin.file, sumOf("what it never was"));
    expect((await guard(plugin)).error).toBeUndefined();
  });

  it("is read again when it was written to", async () => {
    const plugin = put("a", "one");
    lock({ a: { [platform]: sumOf("one") } });
    await guard(plugin);
    fs.appendFileSync(plugin.file, "!");
    expect((await guard(plugin)).error).toMatchObject({ code: "CM_CHECKSUM_MISMATCH" });
  });

  it("is read again when another one of the same size and time has taken its place", async () => {
    const plugin = put("a", "one");
    lock({ a: { [platform]: sumOf("one") } });
    fs.utimesSync(plugin.file, 1_600_000_000, 1_600_000_000);
    await guard(plugin);
    fs.writeFileSync(plugin.file, "two");
    fs.utimesSync(plugin.file, 1_600_000_000, 1_600_000_000);
    expect((await guard(plugin)).error).toMatchObject({ code: "CM_CHECKSUM_MISMATCH" });
    expect(remembered()).not.toContain(sumOf("two"));
  });

  it("is not remembered when it was touched within the last two seconds", async () => {
    const plugin = put("a", "one");
    lock({ a: { [platform]: sumOf("one") } });
    const { ctimeMs } = fs.statSync(plugin.file);
    expect((await guard(plugin, { now: () => ctimeMs + 1900 })).error).toBeUndefined();
    expect(remembered()).toBe("");
    await guard(plugin, { now: () => ctimeMs + 2100 });
    expect(remembered()).toContain(stamp(plugin.file));
  });

  it("is not remembered when its times are to come", async () => {
    const plugin = put("a", "one");
    lock({ a: { [platform]: sumOf("one") } });
    fs.utimesSync(plugin.file, 4_000_000_000, 4_000_000_000);
    expect((await guard(plugin)).error).toBeUndefined();
    expect(remembered()).toBe("");
  });

  it.each([
    { name: "another title", spoil: (text: string): string => text.replace("1\n", "2\n") },
    { name: "a checksum cut short", spoil: (text: string): string => text.slice(0, -10) },
    { name: "no line ends", spoil: (text: string): string => text.replaceAll("\n", " ") },
    { name: "nothing", spoil: (): string => "" },
    { name: "too much", spoil: (text: string): string => text + "\n".repeat(1 << 20) },
  ])("is read again when the memory holds $name, which is then made anew", async ({ spoil }) => {
    const plugin = put("a", "one");
    remember(plugin.file, sumOf("two"));
    fs.writeFileSync(cacheFile(), spoil(remembered()));
    lock({ a: { [platform]: sumOf("two") } });
    expect((await guard(plugin)).error).toMatchObject({ code: "CM_CHECKSUM_MISMATCH" });
    lock({ a: { [platform]: sumOf("one") } });
    await guard(plugin);
    expect(remembered()).toBe(`configmanager verified plugins 1\n${stamp(plugin.file)} ${sumOf("one")}\n`);
  });

  it.skipIf(process.platform === "win32").each([
    { name: "the memory can be written by everybody", what: "", mode: 0o602, isRemembered: true },
    { name: "the memory can be written by its group", what: "", mode: 0o620, isRemembered: true },
    { name: "its folder can be written by everybody", what: "..", mode: 0o703, isRemembered: false },
  ])("is read again when $name", async ({ what, mode, isRemembered }) => {
    const plugin = put("a", "one");
    remember(plugin.file, sumOf("two"));
    fs.chmodSync(join(cacheFile(), what), mode);
    lock({ a: { [platform]: sumOf("two") } });
    expect((await guard(plugin)).error).toMatchObject({ code: "CM_CHECKSUM_MISMATCH" });
    lock({ a: { [platform]: sumOf("one") } });
    expect((await guard(plugin)).error).toBeUndefined();
    expect(remembered().includes(sumOf("one"))).toBe(isRemembered);
  });

  it.skipIf(process.platform === "win32")("is read again when the memory is another user's", async () => {
    const plugin = put("a", "one");
    remember(plugin.file, sumOf("two"));
    lock({ a: { [platform]: sumOf("two") } });
    const uid = (process.getuid?.() ?? 0) + 1;
    expect((await guard(plugin, { uid })).error).toMatchObject({ code: "CM_CHECKSUM_MISMATCH" });
    expect((await guard(plugin)).error).toBeUndefined();
  });

  it("makes no difference where nothing can be remembered", async () => {
    const plugin = put("a", "one");
    lock({ a: { [platform]: sumOf("one") } });
    fs.writeFileSync(env["XDG_CACHE_HOME"]!, "a file in the place of the folder");
    expect((await guard(plugin)).error).toBeUndefined();
    env = {};
    home = "/proc";
    expect((await guard(plugin)).error).toBeUndefined();
    home = "";
    expect((await guard(plugin, { more: { XDG_CACHE_HOME: "relative" } })).error).toBeUndefined();
    expect(verifiedFilesOf({ env: { XDG_CACHE_HOME: "relative" }, home, platform: "linux" })).toBeUndefined();
  });

  it("is one of 256 at most, the last ones", async () => {
    const plugin = put("a", "one");
    lock({ a: { [platform]: sumOf("one") } });
    fs.mkdirSync(join(cacheFile(), ".."), { recursive: true, mode: 0o700 });
    const others = Array.from({ length: 400 }, (_, index) => `1:${index}:3:4:5 ${sumOf("x")}`);
    fs.writeFileSync(cacheFile(), ["configmanager verified plugins 1", ...others, ""].join("\n"), { mode: 0o600 });
    await guard(plugin);
    const lines = remembered().split("\n");
    expect([lines.length, lines.at(1), lines.at(-2)]).toEqual([
      258,
      others[145],
      `${stamp(plugin.file)} ${sumOf("one")}`,
    ]);
  });
});
