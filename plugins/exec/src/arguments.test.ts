import { describe, expect, it } from "vitest";
import { toCommandCall } from "./address.ts";
import { toArguments } from "./arguments.ts";
import { readCommands } from "./commands.ts";

function argumentsOf(path: string, settings: Readonly<Record<string, unknown>>): readonly string[] {
  const { name, argument } = toCommandCall(path);
  return toArguments(readCommands({ [name]: settings }).get(name)!, argument);
}

describe("the arguments of a command", () => {
  it.each([
    { name: "none", path: "c", line: [], expected: [] },
    { name: "those of the configuration", path: "c", line: ["-x", "a b", ""], expected: ["-x", "a b", ""] },
    { name: "all of the rest for {1}", path: "c/a/b//c/", line: ["{1}"], expected: ["a/b//c/"] },
    {
      name: "parts, of which the last takes what is left",
      path: "c/ns/db/a/b",
      line: ["{2}", "-n", "{1}", "{3}"],
      expected: ["db", "-n", "ns", "a/b"],
    },
    { name: "text around a part", path: "c/a/b", line: ["op://{1}/x", "{2}{1}"], expected: ["op://a/x", "ba"] },
    {
      name: "braces that are no placeholder",
      path: "c/ns/key",
      line: ["{1}", "jsonpath={.data.{2}}", "{{.x}}", "{}", "{a}", "{{1}}"],
      expected: ["ns", "jsonpath={.data.key}", "{{.x}}", "{}", "{a}", "{ns}"],
    },
    {
      name: "what looks like a placeholder in a part",
      path: "c/{2}/$&",
      line: ["{1}", "{2}"],
      expected: ["{2}", "$&"],
    },
    { name: "a dash behind text of the element", path: "c/-x", line: ["--name={1}"], expected: ["--name=-x"] },
    { name: "a slash behind text of the element", path: "c//a", line: ["x{1}"], expected: ["x/a"] },
    { name: "a dash in the middle", path: "c/a-b/-c", line: ["{1}"], expected: ["a-b/-c"] },
    { name: "dots that are no segment", path: "c/.a/b../...", line: ["{1}"], expected: [".a/b../..."] },
  ])("are $name", ({ path, line, expected }) => {
    expect(argumentsOf(path, { command: ["program", ...line] })).toEqual(expected);
  });

  it.each([
    "; rm -rf /x",
    "$(touch x) `touch x` ${HOME} $HOME ~ * ?",
    "a && b || c | d > e < f & g",
    "'\" \\x !x #x",
    "größe \u{1f511}",
  ])("hold %s as it is, in one element", (text) => {
    expect(argumentsOf(`c/${text}`, { command: ["program", "{1}", "x{1}"] })).toEqual([text, `x${text}`]);
  });

  it("may begin with a dash or a slash where the configuration says so", () => {
    expect(argumentsOf("c/-x", { command: ["program", "{1}"], allowDash: true })).toEqual(["-x"]);
    expect(argumentsOf("c//a/b", { command: ["program", "{1}"], allow: "/a/.*" })).toEqual(["/a/b"]);
  });

  it.each([
    { name: "no name", path: "", line: [], message: "a command needs a name", hint: "write EXEC://name/argument" },
    {
      name: "a leading slash",
      path: "/c/a",
      line: ["{1}"],
      message: "a command needs a name",
      hint: "write EXEC://name/argument",
    },
    {
      name: "an argument too many",
      path: "c/a",
      line: ["x"],
      message: 'command "c" takes no argument',
      hint: "write EXEC://c",
    },
    {
      name: "a slash too many",
      path: "c/",
      line: ["x"],
      message: 'command "c" takes no argument',
      hint: "write EXEC://c",
    },
    {
      name: "no argument",
      path: "c",
      line: ["{1}"],
      message: 'command "c" needs an argument',
      hint: "write EXEC://c/{1}",
    },
    {
      name: "an empty argument",
      path: "c/",
      line: ["{1}"],
      message: 'command "c" needs an argument',
      hint: "write EXEC://c/{1}",
    },
    {
      name: "too few parts",
      path: "c/a",
      line: ["{1}", "{2}"],
      message: 'command "c" needs an argument of 2 parts',
      hint: "write EXEC://c/{1}/{2}",
    },
    {
      name: "an empty part",
      path: "c/a//b",
      line: ["{1}", "{2}", "{3}"],
      message: "part {2} of the argument is empty",
      hint: "write EXEC://c/{1}/{2}/{3}",
    },
    { name: "a NUL", path: "c/a\0b", line: ["{1}"], message: "the argument holds a control character" },
    { name: "a line feed", path: "c/a\nb", line: ["x{1}"], message: "the argument holds a control character" },
    { name: "an escape", path: "c/a\u001b[2J", line: ["x{1}"], message: "the argument holds a control character" },
    { name: "a C1 control", path: "c/a\u009b", line: ["x{1}"], message: "the argument holds a control character" },
    ...["..", "../x", "a/../b", "a/..", ".", "./a", "a/./b", "a\\..\\b"].map((argument) => ({
      name: `the argument ${argument}`,
      path: `c/${argument}`,
      line: ["x/{1}"],
      message: 'the argument holds a segment "." or ".."',
      hint: "write the path without it",
    })),
    ...["-x", "--output=/etc/x", "-"].map((argument) => ({
      name: `the option ${argument}`,
      path: `c/${argument}`,
      line: ["x{1}", "{1}"],
      message: 'the argument begins with "-" and would be an option of the command "c"',
      hint: "put text before {1} in the configuration, or set allowDash",
    })),
    {
      name: "an option in a later part",
      path: "c/a/--all",
      line: ["{1}", "{2}.x"],
      message: 'the argument begins with "-" and would be an option of the command "c"',
      hint: "put text before {2} in the configuration, or set allowDash",
    },
    {
      name: "an absolute path",
      path: "c//etc/passwd",
      line: ["-d", "{1}"],
      message: 'the argument begins with "/" and would be an absolute path for the command "c"',
      hint: "put text before {1} in the configuration, or set allow",
    },
  ])("refuse $name", ({ path, line, message, hint }) => {
    expect(() => argumentsOf(path, { command: ["program", ...line] })).toThrow(
      expect.objectContaining({ kind: "badRequest", message, hint }),
    );
  });

  it.each(["A", "a/b", "ab\n", "xa", "ax"])("refuse what allow does not match as a whole: %j", (argument) => {
    const settings = { command: ["program", "{1}"], allow: "a|b" };
    expect(argumentsOf("c/b", settings)).toEqual(["b"]);
    expect(() => argumentsOf(`c/${argument}`, settings)).toThrow(
      argument.endsWith("\n")
        ? "the argument holds a control character"
        : 'the argument does not match "allow" of the command "c"',
    );
  });
});
