import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPluginProject, type NewPlugin, type NewPluginOptions } from "./new-plugin.ts";
import { placeProject } from "./place-project.ts";

let cwd = "";
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "cm-new-"));
});
afterEach(() => rm(cwd, { recursive: true }));

function create(options: Partial<NewPluginOptions> = {}): Promise<NewPlugin> {
  return createPluginProject({ name: "mystore", language: "ts", cwd, version: "1.2.3", ...options });
}

const textOf = (path: string): Promise<string> => readFile(join(cwd, path), "utf8");

describe("the name of a new plugin", () => {
  it.each([
    ["mystore", "mystore", "MYSTORE"],
    ["MYSTORE", "mystore", "MYSTORE"],
    ["my_store2", "my_store2", "MY_STORE2"],
    ["x", "x", "X"],
  ])("%s is %s with the prefix %s", async (text, name, prefix) => {
    expect(await create({ name: text })).toMatchObject({ name, prefix, dir: name });
    expect(await textOf(`${name}/src/store.ts`)).toContain(`prefix: "${prefix}"`);
  });

  it.each([
    ["my-store", ": write my_store"],
    ["MyStore", ": write mystore"],
    ["MYSTORE://", ": write mystore"],
    ["../plugins/my.store/", ": write my_store"],
    ["2store", ": write store"],
    ["größe", ": write gr_e"],
    ["", ""],
    ["7", ""],
    ["..", ""],
  ])("%j is none", async (name, near) => {
    await expect(create({ name })).rejects.toMatchObject({
      code: "CM_USAGE",
      message: `"${name}" cannot be the name of a plugin`,
      hint: `a name begins with a letter and is made of a-z, 0-9 and _${near}`,
    });
    expect(await readdir(cwd)).toEqual([]);
  });
});

describe("the folder of a new plugin", () => {
  it.each([
    ["one that is not there", "a"],
    ["one below folders that are not there", "a/b/c"],
    ["one that is empty", "empty"],
    ["one that holds .git alone", "cloned"],
    ["this one", "."],
  ])("is %s", async (_name, dir) => {
    if (dir === "empty") await mkdir(join(cwd, dir));
    if (dir === "cloned") await mkdir(join(cwd, dir, ".git", "refs"), { recursive: true });
    expect(await create({ dir })).toMatchObject({ dir });
    const names = await readdir(join(cwd, dir));
    expect(names.filter((name) => name !== ".git").toSorted()).toEqual([
      ".github",
      ".gitignore",
      "README.md",
      "example.yaml",
      "package.json",
      "src",
      "tsconfig.json",
      "values.json",
    ]);
    expect(existsSync(join(cwd, dir, ".git", "refs"))).toBe(dir === "cloned");
    if (dir !== ".") expect(await readdir(cwd)).toEqual([dir.split("/")[0]]);
  });

  it("is none that holds something", async () => {
    await mkdir(join(cwd, "mystore"));
    await writeFile(join(cwd, "mystore", "notes.txt"), "mine");
    await expect(create()).rejects.toMatchObject({
      code: "CM_OUTPUT_UNWRITABLE",
      message: 'the folder "mystore" is not empty, it holds "notes.txt"',
    });
    expect(await readdir(join(cwd, "mystore"))).toEqual(["notes.txt"]);
    expect(await readdir(cwd)).toEqual(["mystore"]);
  });

  it.each([
    ["a file", "file", "a part of its path is no folder"],
    ["below a file", "file/mystore", "a part of its path is no folder"],
    ["of a name that is too long", `new/${"a".repeat(300)}`, "its name is too long"],
  ])("cannot be %s, and nothing is left", async (_name, dir, reason) => {
    await writeFile(join(cwd, "file"), "mine");
    await expect(create({ dir })).rejects.toMatchObject({
      code: "CM_OUTPUT_UNWRITABLE",
      message: `the folder "${dir}" cannot be made: ${reason}`,
    });
    expect(await readdir(cwd)).toEqual(["file"]);
    expect(await textOf("file")).toBe("mine");
  });

  it.each(["mystore", "deep/mystore", "."])("%s is left as it was when the run is interrupted", async (dir) => {
    const abort = new AbortController();
    const made = create({ dir, signal: abort.signal });
    const reason = new Error("interrupted");
    abort.abort(reason);
    await expect(made).rejects.toBe(reason);
    expect(await readdir(cwd)).toEqual([]);
  });

  it("is left as it was when one of its files cannot be put in its place", async () => {
    await mkdir(join(cwd, ".git"));
    await writeFile(join(cwd, ".git", "HEAD"), "ref");
    const files = [
      [".a", "text"],
      [".git/config", "text"],
    ] as const;
    await expect(placeProject(files, { dir: ".", cwd })).rejects.toMatchObject({ code: "CM_OUTPUT_UNWRITABLE" });
    expect(await readdir(cwd)).toEqual([".git"]);
    expect(await readdir(join(cwd, ".git"))).toEqual(["HEAD"]);
  });

  it("goes to one of several runs at the same time, whole", async () => {
    const runs = await Promise.allSettled([create(), create({ language: "go" }), create()]);
    expect(runs.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await readdir(cwd)).toEqual(["mystore"]);
    const [isTypeScript, isGo] = [existsSync(join(cwd, "mystore/src")), existsSync(join(cwd, "mystore/go.mod"))];
    expect(isTypeScript).not.toBe(isGo);
  });
});

it("a project asks for the version of the program that made it, or a later one", async () => {
  await create();
  expect(JSON.parse(await textOf("mystore/package.json"))).toMatchObject({
    name: "configmanager-plugin-mystore",
    devDependencies: { configmanager: "^1.2.3" },
  });
});
