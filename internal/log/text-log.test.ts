import { describe, expect, it } from "vitest";
import type { LogFields, Logger, LogLevel } from "./logger.ts";
import { createJsonLogger, createTextLogger } from "./text-log.ts";

const levels: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

function linesOf(create: (write: (line: string) => void) => Logger, message: string, fields?: LogFields): string[] {
  const lines: string[] = [];
  create((line) => lines.push(line)).log("warn", message, fields);
  return lines;
}

const text = (write: (line: string) => void): Logger => createTextLogger(write, "trace", false);
const json = (write: (line: string) => void): Logger => createJsonLogger(write, "trace");

describe("createTextLogger", () => {
  it.each<{ name: string; fields?: LogFields; expected: string }>([
    { name: "a message alone", expected: "warn: said\n" },
    {
      name: "bare values",
      fields: { prefix: "AWSSECRETS", ms: 12, ok: false },
      expected: "warn: said prefix=AWSSECRETS ms=12 ok=false\n",
    },
    { name: "no field that is not set", fields: { a: undefined, b: 1 }, expected: "warn: said b=1\n" },
    {
      name: "values with blanks, quotes and nothing in quotes",
      fields: { a: "x y", b: 'q"\\', c: "", d: "k=v" },
      expected: 'warn: said a="x y" b="q\\"\\\\" c="" d="k=v"\n',
    },
    {
      name: "control characters escaped",
      fields: { "a\n": "\x1b[2J\n::add-mask::x" },
      expected: 'warn: said a\\n="\\x1b[2J\\n::add-mask::x"\n',
    },
  ])("writes $name", ({ fields, expected }) => {
    expect(linesOf(text, "said", fields)).toEqual([expected]);
  });

  it("escapes control characters of the message too", () => {
    expect(linesOf(text, "a\r\nb\u202e")).toEqual(["warn: a\\r\\nb\\u202e\n"]);
  });

  it("colors the level and nothing else", () => {
    expect(linesOf((write) => createTextLogger(write, "trace", true), "m")).toEqual(["\x1b[33mwarn\x1b[0m: m\n"]);
  });
});

describe("createJsonLogger", () => {
  it("writes one object a line, which fields cannot disguise", () => {
    const [line, ...others] = linesOf(json, "m\n", {
      level: "error",
      message: "x",
      a: "\u2028\u009b\n",
      n: 1,
      none: undefined,
    });
    expect(others).toEqual([]);
    expect(line).toBe('{"level":"warn","message":"m\\n","a":"\\u2028\\u009b\\n","n":1}\n');
    expect(JSON.parse(line!)).toEqual({ level: "warn", message: "m\n", a: "\u2028\u009b\n", n: 1 });
  });
});

describe.each<{ name: string; create: (write: (line: string) => void, level: LogLevel) => Logger }>([
  { name: "the text logger", create: (write, level) => createTextLogger(write, level, false) },
  { name: "the JSON logger", create: createJsonLogger },
])("$name", ({ create }) => {
  it.each(levels)("drops what is less grave than %s", (lowest) => {
    const lines: string[] = [];
    const logger = create((line) => lines.push(line), lowest);
    for (const level of levels) logger.log(level, "m");
    const expected = levels.slice(levels.indexOf(lowest));
    expect(lines).toHaveLength(expected.length);
    expect(levels.filter((level) => logger.isEnabled(level))).toEqual(expected);
  });
});
