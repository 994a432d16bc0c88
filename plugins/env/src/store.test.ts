import { openTestStore, type TestAnswer } from "configmanager/plugin/testing";
import { describe, expect, it } from "vitest";
import { envStore } from "./store.ts";

async function ask(path: string, env: Record<string, string | undefined> = {}, metadata = {}): Promise<TestAnswer> {
  const store = await openTestStore({ store: envStore, env, cwd: "/" });
  const [answer] = await store.ask([{ path, metadata }]);
  await store.close();
  return answer!;
}

describe("the store ENV", () => {
  it.each([
    { name: "a variable", path: "HOME", env: { HOME: "/root" }, expected: "/root" },
    { name: "an empty variable", path: "EMPTY", env: { EMPTY: "" }, expected: "" },
    {
      name: "a value with equals signs and line feeds",
      path: "A",
      env: { A: "b=c\nd=\u{1f511}" },
      expected: "b=c\nd=\u{1f511}",
    },
    { name: "a name in lower case", path: "npm_config.x-y", env: { "npm_config.x-y": "1" }, expected: "1" },
    { name: "a name with parentheses", path: "ProgramFiles(x86)", env: { "ProgramFiles(x86)": "C" }, expected: "C" },
  ])("gives $name", async ({ path, env, expected }) => {
    const answer = await ask(path, env);
    expect(answer.ok && Buffer.from(answer.data).toString()).toBe(expected);
  });

  it.each([
    {
      name: "an unset variable",
      path: "NONE",
      code: "NOT_FOUND",
      message: '"NONE" was not found',
      hint: "set the variable NONE",
    },
    {
      name: "what an object inherits",
      path: "constructor",
      code: "NOT_FOUND",
      message: '"constructor" was not found',
      hint: "set the variable constructor",
    },
    {
      name: "a prototype",
      path: "__proto__",
      code: "NOT_FOUND",
      message: '"__proto__" was not found',
      hint: "set the variable __proto__",
    },
    {
      name: "a slash",
      path: "HOME/bin/x",
      code: "INVALID_ARGUMENT",
      message: '"HOME/bin/x" is not the name of a variable',
      hint: "write ENV://HOME[]/bin/x",
    },
    {
      name: "an equals sign",
      path: "A=b",
      code: "INVALID_ARGUMENT",
      message: '"A=b" is not the name of a variable',
      hint: "write ENV://A[]=b",
    },
    {
      name: "a leading slash",
      path: "/HOME",
      code: "INVALID_ARGUMENT",
      message: '"/HOME" is not the name of a variable',
      hint: "write ENV://HOME",
    },
    {
      name: "nothing",
      path: "",
      code: "INVALID_ARGUMENT",
      message: "a variable needs a name",
      hint: "write ENV://HOME",
    },
    { name: "a NUL", path: "A\0B", code: "INVALID_ARGUMENT", message: "a variable's name holds no NUL", hint: "" },
  ])("refuses $name", async ({ path, code, message, hint }) => {
    expect(await ask(path, { HOME: "/root", A: "1" })).toEqual({ ok: false, code, message, hint });
  });

  it("takes no metadata", async () => {
    expect(await ask("A", { A: "1" }, { version: "1" })).toMatchObject({ ok: false, code: "INVALID_ARGUMENT" });
  });
});
