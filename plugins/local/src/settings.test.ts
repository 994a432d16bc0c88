import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkOptions, readSettings, type Settings } from "./settings.ts";

let cwd = "";
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "cm-local-settings-"));
});
afterEach(() => rmSync(cwd, { recursive: true }));

function settings(
  env: Record<string, string> = { HOME: "/home/u" },
  options: Record<string, unknown> = {},
): Promise<Settings> {
  return readSettings({ env, cwd, options });
}

describe.skipIf(process.platform === "win32")("where a store is", () => {
  it("is the user's configuration folder when nobody says anything", async () => {
    expect(await settings()).toEqual({
      file: "/home/u/.config/configmanager/local.age",
      mayMakeFolder: true,
      key: { path: "/home/u/.config/configmanager/local.key", isNamed: false },
      recipients: [],
      recipientsFile: { path: "/home/u/.config/configmanager/local.age.recipients", isNamed: false },
    });
  });

  it.each([
    { name: "XDG_CONFIG_HOME is set", xdg: "/xdg", folder: "/xdg/configmanager" },
    { name: "it is relative, which counts for nothing", xdg: "xdg", folder: "/home/u/.config/configmanager" },
    { name: "it is empty", xdg: "", folder: "/home/u/.config/configmanager" },
  ])("is by the rules of XDG when $name", async ({ xdg, folder }) => {
    const { file, key } = await settings({ HOME: "/home/u", XDG_CONFIG_HOME: xdg });
    expect([file, key]).toEqual([`${folder}/local.age`, { path: `${folder}/local.key`, isNamed: false }]);
  });

  it.each(["local.age", "local.age.recipients"])("is the project when it has a %s", async (name) => {
    mkdirSync(join(cwd, ".configmanager"));
    writeFileSync(join(cwd, ".configmanager", name), "");
    expect(await settings()).toMatchObject({
      file: join(cwd, ".configmanager", "local.age"),
      mayMakeFolder: false,
      key: { path: "/home/u/.config/configmanager/local.key" },
    });
  });

  it("is what the options say, from the working directory or the home folder", async () => {
    const options = { file: "team.age", identityFile: "~/key", recipients: ["age1x"], recipientsFile: "/team" };
    expect(await settings({ HOME: "/home/u" }, options)).toEqual({
      file: join(cwd, "team.age"),
      mayMakeFolder: false,
      key: { path: "/home/u/key", isNamed: true },
      recipients: ["age1x"],
      recipientsFile: { path: "/team", isNamed: true },
    });
  });

  it("is what the environment says before the options, and needs no home folder then", async () => {
    const env = { CONFIGMANAGER_LOCAL_FILE: "mine.age", CONFIGMANAGER_LOCAL_KEY_FILE: "mine.key" };
    expect(await settings(env, { file: "team.age", identityFile: "key" })).toMatchObject({
      file: join(cwd, "mine.age"),
      key: { path: join(cwd, "mine.key"), isNamed: true },
    });
    expect(await settings({ ...env, CONFIGMANAGER_LOCAL_KEY: "KEY" })).toMatchObject({
      key: { variable: "CONFIGMANAGER_LOCAL_KEY", text: "KEY" },
    });
  });

  it("takes an empty variable for none", async () => {
    const env = {
      HOME: "/h",
      CONFIGMANAGER_LOCAL_FILE: "",
      CONFIGMANAGER_LOCAL_KEY: "",
      CONFIGMANAGER_LOCAL_KEY_FILE: "",
    };
    expect(await settings(env, { file: "team.age", identityFile: "key" })).toMatchObject({
      file: join(cwd, "team.age"),
      key: { path: join(cwd, "key") },
    });
  });

  it("is nowhere without a home folder", async () => {
    await expect(settings({})).rejects.toMatchObject({
      kind: "badRequest",
      message: "there is no home folder to look for the store and its key in",
    });
  });
});

describe("the options of a store", () => {
  it.each([
    {},
    { file: "a", identityFile: "~/b", recipientsFile: "c" },
    { recipients: [] },
    { recipients: ["age1x", "age1y"] },
  ])("may be %j", (options) => {
    expect(checkOptions(options)).toBeUndefined();
  });

  it.each([
    { options: { file: "" }, name: "file" },
    { options: { file: 3 }, name: "file" },
    { options: { identityFile: null }, name: "identityFile" },
    { options: { recipientsFile: "a\0" }, name: "recipientsFile" },
    { options: { recipients: "age1x" }, name: "recipients" },
    { options: { recipients: [1] }, name: "recipients" },
  ])("may not be $options", ({ options, name }) => {
    const refusal = checkOptions(options);
    expect(refusal).toMatchObject({ kind: "badRequest" });
    expect(refusal!.message).toContain(`option "${name}"`);
  });
});
