import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { armor } from "age-encryption";
import { openTestStore } from "configmanager/plugin/testing";
import { describe, expect, it } from "vitest";
import { useLocalUser } from "../../../test/helpers/local-store.ts";
import { createIdentity } from "./age.ts";
import { localStore } from "./store.ts";

const user = useLocalUser();

describe("the store LOCAL of one user", () => {
  it("makes folder, key and file with the first value, for nobody else to read", async () => {
    expect(await user().put("db/password", "s3cret")).toBe("1");
    expect(await user().read("db/password")).toBe("s3cret");
    expect(readdirSync(user().configFolder)).toEqual(["local.age", "local.key"]);
    const key = readFileSync(join(user().configFolder, "local.key"), "utf8");
    expect(key).toMatch(/^# created: \S+Z\n# public key: age1\w{58}\nAGE-SECRET-KEY-1\w{58}\n$/);
    const text = readFileSync(join(user().configFolder, "local.age"), "utf8");
    expect(text).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n[^]*\n-----END AGE ENCRYPTED FILE-----\n$/);
    if (process.platform === "win32") return;
    const modes = [
      user().configFolder,
      join(user().configFolder, "local.age"),
      join(user().configFolder, "local.key"),
    ].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o700, 0o600, 0o600]);
  });

  it("makes nothing when it is read", async () => {
    const file = join(user().configFolder, "local.age");
    expect(await user().read("a")).toBe(
      `NOT_FOUND: "${file}" was not found; run configmanager insert --config-pair 'LOCAL://a'`,
    );
    expect(await user().list("", true)).toMatchObject({ ok: false, code: "NOT_FOUND" });
    expect(readdirSync(user().folder)).toEqual(["work"]);
  });

  it("gives back what was written, with its version", async () => {
    const bytes = Buffer.from([0, 0xff, 0x80, 10]);
    await user().put("bytes", bytes);
    await user().put("größe \u{1f511}", "\u{1f511}\n");
    await user().put("empty", "");
    await user().put("bytes", bytes);
    expect(await user().ask(["bytes", "größe \u{1f511}", "empty", "none", "größe"])).toMatchObject([
      { ok: true, data: bytes, version: "2" },
      { ok: true, data: new TextEncoder().encode("\u{1f511}\n"), version: "1" },
      { ok: true, data: new Uint8Array(), version: "1" },
      { ok: false, code: "NOT_FOUND", hint: "run configmanager insert --config-pair 'LOCAL://none'" },
      { ok: false, code: "NOT_FOUND", hint: "run configmanager insert --config-pair 'LOCAL://name'" },
    ]);
  });

  it("writes no value over another one that has to be new", async () => {
    expect(await user().put("a", "old", {}, true)).toBe("1");
    expect(await user().put("a", "new", {}, true)).toContain("ALREADY_EXISTS");
    expect(await user().read("a")).toBe("old");
  });

  it.each(["", "a\nb"])("has no value of the name %j", async (path) => {
    await user().put("a", "x");
    expect(await user().ask([path, "a"])).toMatchObject([{ ok: false, code: "INVALID_ARGUMENT" }, { ok: true }]);
    expect(await user().put(path, "x")).toContain("INVALID_ARGUMENT");
  });

  it("lists what is below a path, in order", async () => {
    for (const name of ["b", "a/c", "a/b", "a/b/c", "ab"]) await user().put(name, `of ${name}`);
    const values = ["a/b", "a/c"].map((path) => ({ path, data: new TextEncoder().encode(`of ${path}`), version: "1" }));
    expect(await user().list("a", false)).toMatchObject({ ok: true, values });
    const all = await user().list("", true);
    expect(all.ok && all.values.map(({ path }) => path)).toEqual(["a/b", "a/b/c", "a/c", "ab", "b"]);
  });

  it("sees what another process has written since", async () => {
    await user().put("a", "old");
    const store = await openTestStore({ store: localStore, env: user().env, cwd: user().cwd });
    const before = await store.ask([{ path: "a" }]);
    await user().put("a", "new");
    const after = await store.ask([{ path: "a" }]);
    await store.close();
    expect([before, after]).toMatchObject([
      [{ version: "1" }],
      [{ version: "2", data: new TextEncoder().encode("new") }],
    ]);
  });

  it("keeps to the text of a variable that holds the key", async () => {
    user().env["CONFIGMANAGER_LOCAL_KEY"] = await createIdentity();
    await user().put("a", "x");
    expect(await user().read("a")).toBe("x");
    expect(readdirSync(user().configFolder)).toEqual(["local.age"]);
  });
});

describe.skipIf(process.platform === "win32")("the file of the store LOCAL", () => {
  it("keeps its mode, and a link to it stays one", async () => {
    await user().put("a", "old", { file: "real.age" });
    chmodSync(join(user().cwd, "real.age"), 0o640);
    symlinkSync("real.age", join(user().cwd, "link.age"));
    await user().put("a", "new", { file: "link.age" });
    expect(await user().read("a", { file: "real.age" })).toBe("new");
    expect(statSync(join(user().cwd, "real.age")).mode & 0o777).toBe(0o640);
    expect(readdirSync(user().cwd)).toEqual(["link.age", "real.age"]);
  });

  it("is made where a link leads that leads nowhere yet, by writers at the same time too", async () => {
    mkdirSync(join(user().cwd, "sub"));
    symlinkSync("sub/real.age", join(user().cwd, "link.age"));
    await Promise.all(["a", "b", "c"].map((name) => user().put(name, name, { file: "link.age" })));
    expect(await user().ask(["a", "b", "c"], { file: "sub/real.age" })).toMatchObject([
      { ok: true },
      { ok: true },
      { ok: true },
    ]);
    expect(readdirSync(join(user().cwd, "sub"))).toEqual(["real.age"]);
  });

  it("is not made in a folder that somebody has named and that is not there", async () => {
    expect(await user().put("a", "x", { file: "none/local.age" })).toContain(
      `"${join(user().cwd, "none/local.age")}" cannot be written: its folder does not exist`,
    );
  });

  it("is refused when it is a folder or longer than 64 MiB", async () => {
    mkdirSync(join(user().cwd, "folder"));
    writeFileSync(join(user().cwd, "huge"), "");
    truncateSync(join(user().cwd, "huge"), 64 * 1024 * 1024 + 1);
    expect(await user().read("a", { file: "folder" })).toContain("is no regular file");
    expect(await user().read("a", { file: "huge" })).toContain("OUT_OF_RANGE");
  });

  it("is not written so long that it could not be read again", async () => {
    await user().put("a", "x", { file: "local.age" });
    expect(await user().put("b", "x".repeat(47 * 1024 * 1024), { file: "local.age" })).toContain("OUT_OF_RANGE");
    expect(await user().read("a", { file: "local.age" })).toBe("x");
  });

  it("may be one that age itself has written, as text or not", async () => {
    const key = "AGE-SECRET-KEY-1SRAE20J6VKGTA3ELMGCK5QJKU8908DKAASU5Z2Z6PZF645SHRU5QVVYE0V";
    const binary = Buffer.from(
      "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSB6MVF1VWdiVWQ5Q24xWDlQY1p4ZlhKWlhHRUZqa2R1aG1SWEpQdWE0cUNNCjdjdXVyVi9ncHF4" +
        "dzdWN0FyU2tkVjRJNHJTc0xKbVRDR0tsUkpBbmhXYmsKLS0tIEN0Y2dJUkpZOXNJalN2RzRaS0FxaXpDMDF3bVpLTytxc3Jaanl0QTN0RUUKr+1CUT+d" +
        "mHcw9YRqeOoaBYwjfQBpE0TvA15vqZXob0gMzL3ELW8vd6FgMRzKiv2a64RiUtThh34uAc43ypSpAoiQuk/qw+3KKTmeen8=",
      "base64",
    );
    user().env["CONFIGMANAGER_LOCAL_KEY"] = `# a comment\n\n${key}\n`;
    writeFileSync(join(user().cwd, "binary.age"), binary);
    writeFileSync(join(user().cwd, "text.age"), armor.encode(binary).replaceAll("\n", "\r\n"));
    expect([await user().read("a", { file: "binary.age" }), await user().read("a", { file: "text.age" })]).toEqual([
      "hello",
      "hello",
    ]);
  });

  it.each([
    { name: "is empty", damage: () => "" },
    { name: "is no file of age", damage: () => "what is this\n" },
    { name: "ends too early", damage: (text: string) => text.slice(0, text.length / 2) },
    { name: "has another letter", damage: (text: string) => text.replace(/[A-Z](?=\S*\n-----END)/, "_") },
    { name: "has a conflict of git", damage: (text: string) => `<<<<<<< HEAD\n${text}=======\n${text}>>>>>>> b\n` },
    {
      name: "has been changed",
      damage: (text: string) => {
        const bytes = Buffer.from(armor.decode(text));
        bytes[bytes.length - 1]! ^= 1;
        return armor.encode(bytes);
      },
    },
  ])("is damaged when it $name, for readers and writers", async ({ damage }) => {
    await user().put("a", "x", { file: "local.age" });
    const file = join(user().cwd, "local.age");
    const damaged = damage(readFileSync(file, "latin1"));
    writeFileSync(file, damaged);
    const message = `"${file}" is damaged: it is no whole file of age`;
    expect(await user().read("a", { file: "local.age" })).toContain(`UNKNOWN: ${message};`);
    expect(await user().put("a", "y", { file: "local.age" })).toContain(`UNKNOWN: ${message};`);
    expect(readFileSync(file, "latin1")).toBe(damaged);
  });
});
