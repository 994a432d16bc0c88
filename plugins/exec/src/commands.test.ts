import { describe, expect, it } from "vitest";
import { readCommands } from "./commands.ts";

const command = ["program"];

describe("the option commands", () => {
  it("has defaults for all but the command", () => {
    expect(readCommands({ "op.v2-x": { command: ["op", "read", "op://{1}"] } }).get("op.v2-x")).toEqual({
      name: "op.v2-x",
      program: "op",
      args: ["read", "op://{1}"],
      partCount: 1,
      env: {},
      cwd: undefined,
      timeout: "30s",
      timeoutMs: 30_000,
      trim: true,
      allow: undefined,
      allowDash: false,
      notFoundExitCodes: [],
      notFoundPattern: undefined,
    });
  });

  it("takes every key", () => {
    const settings = {
      command: ["program", "{2}{1}"],
      env: { A: "b", B: "" },
      cwd: "secrets",
      timeout: "1m30s",
      trim: false,
      allow: "^[a-z]+$",
      allowDash: true,
      notFoundExitCodes: [1, 255],
      notFoundPattern: "not found",
    };
    expect(readCommands({ a: settings }).get("a")).toMatchObject({
      partCount: 2,
      env: { A: "b", B: "" },
      cwd: "secrets",
      timeout: "1m30s",
      timeoutMs: 90_000,
      trim: false,
      allowDash: true,
      notFoundExitCodes: [1, 255],
      notFoundPattern: /not found/u,
    });
  });

  it.each([
    { option: undefined, message: 'option "commands" is no map of commands' },
    { option: ["op"], message: 'option "commands" is no map of commands' },
    { option: "op", message: 'option "commands" is no map of commands' },
    { option: { "a/b": { command } }, message: 'command "a/b" has a name that no token can say' },
    { option: { "": { command } }, message: 'command "" has a name that no token can say' },
    { option: { "-a": { command } }, message: 'command "-a" has a name that no token can say' },
    { option: { a: null }, message: 'command "a": it is no map' },
    { option: { a: command }, message: 'command "a": it is no map' },
  ])("is refused: $option", ({ option, message }) => {
    expect(() => readCommands(option)).toThrow(expect.objectContaining({ kind: "badRequest", message }));
  });

  it.each([
    { settings: {}, message: '"command" is missing' },
    { settings: { command: null }, message: '"command" is no list' },
    { settings: { command: "op read {1}" }, message: '"command" is text, and there is no shell to split it' },
    { settings: { command: [] }, message: '"command" names no program' },
    { settings: { command: [""] }, message: '"command" names no program' },
    { settings: { command: ["op", 5] }, message: '"command" has an element 1 that is no text' },
    { settings: { command: ["op", "a\0b"] }, message: '"command" has an element 1 that is no text' },
    { settings: { command: ["{1}", "x"] }, message: '"command" has a placeholder for its program' },
    { settings: { command: ["bin/{1}"] }, message: '"command" has a placeholder for its program' },
    { settings: { command: ["a", "{0}"] }, message: '"command" has a placeholder "{0}"' },
    { settings: { command: ["a", "{01}"] }, message: '"command" has a placeholder "{01}"' },
    { settings: { command: ["a", "{1}", "{10}"] }, message: '"command" has a placeholder "{10}"' },
    { settings: { command: ["a", "{1}", "{3}"] }, message: '"command" has {3} and no {2}' },
    { settings: { command, env: [] }, message: '"env" is no map of variables' },
    { settings: { command, env: { "A=B": "x" } }, message: '"env" has a variable "A=B" that cannot be set' },
    { settings: { command, env: { A: 1 } }, message: '"env" has a variable "A" that is no text' },
    { settings: { command, cwd: "" }, message: '"cwd" is not the path of a folder' },
    { settings: { command, cwd: 1 }, message: '"cwd" is not the path of a folder' },
    { settings: { command, timeout: 30 }, message: '"timeout" is no duration such as 30s' },
    { settings: { command, timeout: "0s" }, message: '"timeout" is no duration such as 30s' },
    { settings: { command, timeout: "soon" }, message: '"timeout" is no duration such as 30s' },
    { settings: { command, trim: "yes" }, message: '"trim" is neither true nor false' },
    { settings: { command, allowDash: 1 }, message: '"allowDash" is neither true nor false' },
    { settings: { command, allow: "(" }, message: '"allow" is no regular expression' },
    { settings: { command, allow: "a)|(b" }, message: '"allow" is no regular expression' },
    { settings: { command, allow: true }, message: '"allow" is no regular expression' },
    { settings: { command, notFoundPattern: "" }, message: '"notFoundPattern" is no regular expression' },
    {
      settings: { command, notFoundExitCodes: 1 },
      message: '"notFoundExitCodes" is no list of exit codes from 1 to 255',
    },
    {
      settings: { command, notFoundExitCodes: [0] },
      message: '"notFoundExitCodes" is no list of exit codes from 1 to 255',
    },
    {
      settings: { command, notFoundExitCodes: ["1"] },
      message: '"notFoundExitCodes" is no list of exit codes from 1 to 255',
    },
    { settings: { command, tiemout: "1s" }, message: 'key "tiemout" is not known', hint: 'did you mean "timeout"?' },
    {
      settings: { command, shell: true },
      message: 'key "shell" is not known',
      hint: "known are command, env, cwd, timeout, trim, allowDash, allow, notFoundPattern, notFoundExitCodes",
    },
    { settings: JSON.parse('{"command":["a"],"__proto__":1}') as object, message: 'key "__proto__" is not known' },
  ])("names the command and what is wrong with $settings", ({ settings, message, hint }) => {
    expect(() => readCommands({ fine: { command }, op: settings })).toThrow(
      expect.objectContaining({
        kind: "badRequest",
        message: `command "op": ${message}`,
        ...(hint === undefined ? {} : { hint }),
      }),
    );
  });

  it("quotes no content of a variable", () => {
    const secret = ["s3cr3t"];
    let message = "";
    try {
      readCommands({ op: { command, env: { TOKEN: secret } } });
    } catch (error) {
      message = `${String(error)} ${JSON.stringify(error)}`;
    }
    expect(message).toContain("TOKEN");
    expect(message).not.toContain("s3cr3t");
  });
});
