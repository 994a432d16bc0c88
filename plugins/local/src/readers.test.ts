import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useLocalUser } from "../../../test/helpers/local-store.ts";
import { decrypt, encrypt } from "./age.ts";

const user = useLocalUser();

describe("the keys of the store LOCAL", () => {
  it("are not made for a store that is there", async () => {
    const { identity } = await user().makeKey("one.key");
    user().env["CONFIGMANAGER_LOCAL_KEY"] = identity;
    await user().put("a", "x");
    delete user().env["CONFIGMANAGER_LOCAL_KEY"];
    const message = `there is no key for "${join(user().configFolder, "local.age")}"`;
    expect(await user().read("a")).toContain(
      `UNAUTHENTICATED: ${message}; put the key into "${join(user().configFolder, "local.key")}"`,
    );
    expect(await user().put("a", "y")).toContain(`UNAUTHENTICATED: ${message};`);
    expect(readdirSync(user().configFolder)).toEqual(["local.age"]);
  });

  it("may be several in one file", async () => {
    const [one, two] = [await user().makeKey("one.key"), await user().makeKey("two.key")];
    writeFileSync(join(user().folder, "both.key"), `# one\n${one.identity}\r\n\n# two\n${two.identity}`, {
      mode: 0o600,
    });
    await user().put("a", "x", { file: "local.age", identityFile: two.file });
    expect(await user().read("a", { file: "local.age", identityFile: join(user().folder, "both.key") })).toBe("x");
  });

  it.skipIf(process.platform === "win32").each([0o640, 0o604, 0o644])(
    "in a file of mode %o are refused with what to type",
    async (mode) => {
      const { file } = await user().makeKey("it's.key");
      await user().put("a", "x", { file: "local.age", identityFile: file });
      chmodSync(file, mode);
      const answer = await user().read("a", { file: "local.age", identityFile: file });
      expect(answer).toBe(
        `UNAUTHENTICATED: the key file "${file}" can be read by others; run chmod 600 '${file.replace("'", String.raw`'\''`)}'`,
      );
    },
  );

  it.each([
    { name: "nothing", text: "# only a comment\n", message: "holds no key of age" },
    { name: "a key with a wrong letter", text: "", message: "is no key of age" },
    { name: "a key of SSH", text: "-----BEGIN OPENSSH PRIVATE KEY-----\n", message: "is no key of age" },
  ])("are refused when they are $name, which is not quoted", async ({ text, message }) => {
    const { identity, file } = await user().makeKey("one.key");
    await user().put("a", "x", { file: "local.age", identityFile: file });
    const wrong = text || `${identity.slice(0, -1)}${identity.endsWith("Q") ? "P" : "Q"}`;
    writeFileSync(file, wrong);
    const answer = await user().read("a", { file: "local.age", identityFile: file });
    expect(answer).toContain("UNAUTHENTICATED");
    expect(answer).toContain(message);
    expect(answer).not.toContain(wrong.trim());
    user().env["CONFIGMANAGER_LOCAL_KEY"] = wrong;
    expect(await user().read("a", { file: "local.age" })).toContain("CONFIGMANAGER_LOCAL_KEY");
    expect(await user().read("a", { file: "local.age" })).not.toContain(wrong.trim());
  });

  it("in a file that is named and not there are missed", async () => {
    expect(await user().read("a", { identityFile: "none.key" })).toContain("NOT_FOUND");
    await user().put("a", "x");
    expect(await user().read("a", { identityFile: "none.key" })).toContain(
      `UNAUTHENTICATED: the key file "${join(user().cwd, "none.key")}" does not exist`,
    );
  });

  it("of somebody else open nothing, and the answer says who could", async () => {
    const [one, two] = [await user().makeKey("one.key"), await user().makeKey("two.key")];
    writeFileSync(join(user().cwd, "team.age.recipients"), `# one\n${one.recipient}\n`);
    await user().put("a", "x", { file: "team.age", identityFile: one.file });
    const file = join(user().cwd, "team.age");
    expect(await user().read("a", { file, identityFile: two.file })).toBe(
      `UNAUTHENTICATED: "${file}" was not written for the key of "${two.file}"; ` +
        `have one of ${one.recipient} add the line ${two.recipient} to "${file}.recipients" and insert a value`,
    );
    // A key that is put right is looked at again, although the file is the same.
    expect(await user().read("a", { file, identityFile: one.file })).toBe("x");
  });
});

describe("the recipients of the store LOCAL", () => {
  const file = "team.age";

  it("can all read it, and nobody whom the list no longer has once a value is written", async () => {
    const [one, two] = [await user().makeKey("one.key"), await user().makeKey("two.key")];
    const recipientsFile = join(user().cwd, "team.age.recipients");
    writeFileSync(recipientsFile, `# one\n${one.recipient}\n# two\n${two.recipient}\n`);
    await user().put("a", "x", { file, identityFile: one.file });
    await user().put("b", "y", { file, identityFile: two.file });
    expect(await user().read("b", { file, identityFile: one.file })).toBe("y");

    writeFileSync(recipientsFile, `${one.recipient}\n`);
    await user().put("c", "z", { file, identityFile: one.file });
    expect(await user().read("a", { file, identityFile: one.file })).toBe("x");
    expect(await user().read("a", { file, identityFile: two.file })).toContain("UNAUTHENTICATED");
  });

  it("may stand in the options and in a file of another name", async () => {
    const [one, two, three] = [
      await user().makeKey("one.key"),
      await user().makeKey("two.key"),
      await user().makeKey("three.key"),
    ];
    writeFileSync(join(user().cwd, "team"), `${two.recipient}\n`);
    const options = { file, recipients: [one.recipient, three.recipient], recipientsFile: "team" };
    await user().put("a", "x", { ...options, identityFile: two.file });
    for (const key of [one, two, three]) expect(await user().read("a", { file, identityFile: key.file })).toBe("x");
  });

  it("shut out no writer: one who is not among them is told the line to add", async () => {
    const [one, two] = [await user().makeKey("one.key"), await user().makeKey("two.key")];
    writeFileSync(join(user().cwd, "team.age.recipients"), `${one.recipient}\n`);
    expect(await user().put("a", "x", { file, identityFile: two.file })).toBe(
      `PERMISSION_DENIED: the key of "${two.file}" is not among the recipients of the store; ` +
        `have somebody who is among them add the line ${two.recipient} to "${join(user().cwd, file)}.recipients" and insert a value`,
    );
    expect(existsSync(join(user().cwd, file))).toBe(false);
  });

  it("are nobody but the listed ones, also when the writer has further keys", async () => {
    const [one, two] = [await user().makeKey("one.key"), await user().makeKey("two.key")];
    writeFileSync(join(user().folder, "both.key"), `${one.identity}\n${two.identity}\n`, { mode: 0o600 });
    await user().put("a", "x", { file, identityFile: join(user().folder, "both.key"), recipients: [one.recipient] });
    expect(await user().read("a", { file, identityFile: two.file })).toContain("UNAUTHENTICATED");
  });

  it.each(["age1wrong", "ssh-ed25519 AAAA", "AGE-SECRET-KEY-1QQQQ"])(
    "are not %s, which is not quoted",
    async (text) => {
      const { file: identityFile, recipient } = await user().makeKey("one.key");
      writeFileSync(join(user().cwd, "team.age.recipients"), `${recipient}\n${text}\n`);
      const answer = await user().put("a", "x", { file, identityFile });
      const place = `line 2 of "${join(user().cwd, file)}.recipients"`;
      expect(answer).toContain(`INVALID_ARGUMENT: ${place} is no recipient of age; `);
      expect(answer).not.toContain(text);
    },
  );

  it("do not lose what a later version has written beside the values", async () => {
    const { file: identityFile, identity, recipient } = await user().makeKey("one.key");
    const text = JSON.stringify({ version: 1, policy: { rotate: 3 }, values: { a: { data: "x", owner: "me" } } });
    writeFileSync(join(user().cwd, file), await encrypt(Buffer.from(text), [recipient]));
    await user().put("a", "y", { file, identityFile });
    const plain = await decrypt(readFileSync(join(user().cwd, file)), [identity]);
    expect(JSON.parse(Buffer.from(plain!).toString())).toMatchObject({
      version: 1,
      policy: { rotate: 3 },
      values: { a: { data: "y", owner: "me", version: "1" } },
    });
  });
});
