import { describe, expect, it } from "vitest";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import { formatErrors, formatWarning, type PrintStyle } from "./print-error.ts";

const place = { file: "app.yaml", line: 12, column: 7, start: 100, end: 120 };
const plain: PrintStyle = {
  format: "text",
  colors: false,
  lineOf: () => ({ text: "  pw: AWSPARAMSTR:///x", caretColumn: 7 }),
};
const blind: PrintStyle = { ...plain, lineOf: () => undefined };
const json: PrintStyle = { ...plain, format: "json" };

describe("formatErrors", () => {
  it("shows code, message, place, the line with a caret, and the hint", () => {
    const error = new ConfigManagerError("CM_STORE_NOT_FOUND", '"/x" is not there', {
      place,
      token: "AWSPARAMSTR:///x",
      hint: "correct the path",
    });
    expect(formatErrors([error], plain)).toBe(
      [
        'error CM_STORE_NOT_FOUND: "/x" is not there',
        "  --> app.yaml:12:7",
        "  12 |   pw: AWSPARAMSTR:///x",
        "     |       ^",
        "  hint: correct the path",
        "",
      ].join("\n"),
    );
  });

  it.each([
    {
      name: "a place without its line",
      options: { place },
      expected: "error CM_STORE_DENIED: no\n  --> app.yaml:12:7\n",
    },
    {
      name: "a place in a text without a name",
      options: { place: { line: 1, column: 2, start: 1, end: 2 } },
      expected: "error CM_STORE_DENIED: no\n  --> 1:2\n",
    },
    {
      name: "a token that has no place",
      options: { token: "VAULT://a" },
      expected: "error CM_STORE_DENIED: no\n  token: VAULT://a\n",
    },
    {
      name: "a hint of several lines",
      options: { hint: "tried\n/a\n/b" },
      expected: "error CM_STORE_DENIED: no\n  hint: tried\n        /a\n        /b\n",
    },
    { name: "nothing else", options: {}, expected: "error CM_STORE_DENIED: no\n" },
  ])("shows $name", ({ options, expected }) => {
    expect(formatErrors([new ConfigManagerError("CM_STORE_DENIED", "no", options)], blind)).toBe(expected);
  });

  it("tells one fault of several places once, with every place", () => {
    const errors = Array.from(
      { length: 12 },
      (_, index) =>
        new ConfigManagerError("CM_PLUGIN_NOT_FOUND", "there is no plugin", {
          place: { ...place, line: index + 1 },
          token: "VAULT://x",
          hint: "install it",
        }),
    );
    expect(formatErrors(errors, blind, "nothing was written")).toBe(
      [
        "error CM_PLUGIN_NOT_FOUND: there is no plugin",
        "  --> app.yaml:1:7",
        "  also at 2:7, 3:7, 4:7, 5:7, 6:7, 7:7, 8:7, 9:7, 10:7, 11:7",
        "          12:7",
        "  hint: install it",
        "12 errors; nothing was written",
        "",
      ].join("\n"),
    );
    expect(formatErrors(errors, json).trim().split("\n")).toHaveLength(12);
  });

  it("ends a report of several with their number and what became of the output", () => {
    const errors = [new ConfigManagerError("CM_ENV_UNSET", "a"), new ConfigManagerError("CM_ENV_UNSET", "b")];
    expect(formatErrors(errors, plain, "nothing was written")).toBe(
      "error CM_ENV_UNSET: a\nerror CM_ENV_UNSET: b\n2 errors; nothing was written\n",
    );
    expect(formatErrors(errors, plain)).toMatch(/\n2 errors\n$/);
  });

  it("lets nothing that was read or received move the cursor or begin a line", () => {
    const style: PrintStyle = { ...plain, lineOf: () => ({ text: "\u001b[2Ja\tAWS://x\r", caretColumn: 7 }) };
    const error = new ConfigManagerError("CM_STORE_FAILED", "bad \u001b[31m\n::add-mask::x", {
      place: { ...place, file: "a\nb" },
      hint: "\u009b1m",
    });
    const printed = formatErrors([error], style);
    expect(printed).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(printed.split("\n")).toEqual([
      "error CM_STORE_FAILED: bad \\x1b[31m\\n::add-mask::x",
      "  --> a\\nb:12:7",
      "  12 | \\x1b[2Ja\\tAWS://x\\r",
      "     |           ^",
      "  hint: \\x9b1m",
      "",
    ]);
  });

  it("colours the label and the caret where colours are wanted", () => {
    const printed = formatErrors([new ConfigManagerError("CM_USAGE", "x", { place })], { ...plain, colors: true });
    expect(printed).toContain("\u001b[31merror CM_USAGE\u001b[0m: x\n");
    expect(printed).toContain("\u001b[31m^\u001b[0m\n");
  });

  it("shows the stack of a bug and asks for a report", () => {
    const error = new ConfigManagerError("CM_INTERNAL", "oops", { cause: new TypeError("oops") });
    expect(formatErrors([error], plain)).toMatch(
      /^error CM_INTERNAL: oops\n {4}at [^]*\n {2}this is a bug: please report /,
    );
  });

  it("is one JSON object a line when asked for, with what is known and nothing else", () => {
    const errors = [
      new ConfigManagerError("CM_STORE_DENIED", "no", { place, token: "A://x", hint: "h", details: { a: 1 } }),
      new ConfigManagerError("CM_USAGE", "l\u009b\u2028"),
    ];
    expect(formatErrors(errors, json, "nothing was written")).toBe(
      '{"code":"CM_STORE_DENIED","message":"no","file":"app.yaml","line":12,"column":7,"token":"A://x","hint":"h"}\n' +
        '{"code":"CM_USAGE","message":"l\\u009b\\u2028"}\n',
    );
  });
});

describe("formatWarning", () => {
  it.each([
    {
      name: "a warning of its own",
      warning: { message: "the value is empty", place, token: "A://x" },
      expected: "warning: the value is empty\n  --> app.yaml:12:7\n",
    },
    {
      name: "an error that was softened",
      warning: { code: "CM_STORE_NOT_FOUND", message: "no", hint: "h" } as const,
      expected: "warning CM_STORE_NOT_FOUND: no\n  hint: h\n",
    },
  ])("shows $name", ({ warning, expected }) => {
    expect(formatWarning(warning, blind)).toBe(expected);
  });

  it("is a JSON object with its level when asked for", () => {
    expect(formatWarning({ message: "m", place }, json)).toBe(
      '{"level":"warn","message":"m","file":"app.yaml","line":12,"column":7}\n',
    );
  });
});
