import { describe, expect, it } from "vitest";
import { isConfigManagerError } from "../errors/errors.ts";
import { builtInPrefixes } from "./prefixes.ts";
import { parseToken, scan } from "./scanner.ts";
import type { TokenReference, TokenSyntax } from "./token.ts";

const v3: TokenSyntax = { tokenSeparator: "://", keySeparator: "|", prefixes: new Set(builtInPrefixes) };

function syntaxOf(tokenSeparator: string, keySeparator: string, ...prefixes: string[]): TokenSyntax {
  return { tokenSeparator, keySeparator, prefixes: new Set([...builtInPrefixes, ...prefixes]) };
}

// The text with each token in «», so that a table shows where every one begins and ends.
function marked(input: string | Buffer, syntax: TokenSyntax = v3): string {
  const bytes = Buffer.from(input as string);
  const encoding = typeof input === "string" ? "utf8" : "latin1";
  const parts: string[] = [];
  let at = 0;
  for (const { start, end } of scan(bytes, syntax).tokens) {
    parts.push(`${bytes.toString(encoding, at, start)}«${bytes.toString(encoding, start, end)}»`);
    at = end;
  }
  return parts.join("") + bytes.toString(encoding, at);
}

function bytesOf(latin1: string): Buffer {
  return Buffer.from(latin1, "latin1");
}

function onlyReference(text: string, syntax: TokenSyntax = v3): TokenReference {
  const { tokens, problems } = scan(Buffer.from(text), syntax);
  expect(problems).toEqual([]);
  expect(tokens).toHaveLength(1);
  return tokens[0]!.reference;
}

// Each fault as `CODE start-end`, offsets in bytes.
function faults(input: string | Buffer, syntax: TokenSyntax = v3): string[] {
  return scan(Buffer.from(input as string), syntax).problems.map(
    ({ start, end, error }) => `${error.code} ${start}-${end}`,
  );
}

interface MarkCase {
  name: string;
  input: string | Buffer;
  expected: string;
  syntax?: TokenSyntax;
}

describe("the form of a token", () => {
  it("reads prefix, path, key path and metadata", () => {
    expect(onlyReference("AWSSECRETS:///path/to/my/key|lookup.Inside.Object[version=3]")).toEqual({
      text: "AWSSECRETS:///path/to/my/key|lookup.Inside.Object[version=3]",
      prefix: "AWSSECRETS",
      path: "/path/to/my/key",
      keyPath: ["lookup", "Inside", "Object"],
      metadata: new Map([["version", "3"]]),
      rawMetadata: "version=3",
      defaultText: undefined,
      transforms: [],
    });
  });

  const cases: MarkCase[] = [
    ...builtInPrefixes.map((prefix) => ({
      name: `knows ${prefix} without being told`,
      input: `x ${prefix}://p `,
      expected: `x «${prefix}://p» `,
    })),
    {
      name: "knows a declared prefix",
      input: "MY_2://p",
      expected: "«MY_2://p»",
      syntax: syntaxOf("://", "|", "MY_2"),
    },
    { name: "takes an unknown name for plain text", input: "NOSUCH://p http://x", expected: "NOSUCH://p http://x" },
    { name: "tells upper from lower case", input: "vault://p Vault://p", expected: "vault://p Vault://p" },
    {
      name: "knows the seven whatever the syntax lists",
      input: "VAULT://p ENV://p",
      expected: "«VAULT://p» ENV://p",
      syntax: { ...v3, prefixes: new Set() },
    },
    {
      name: "ignores a listed word that cannot be a prefix",
      input: "env://p",
      expected: "env://p",
      syntax: syntaxOf("://", "|", "env", ""),
    },
    {
      name: "takes another separator",
      input: "VAULT#/a#b|k VAULT://c",
      expected: "«VAULT#/a#b|k» VAULT://c",
      syntax: syntaxOf("#", "|"),
    },
    {
      name: "takes a separator of several characters",
      input: "VAULT::/a VAULT:/b",
      expected: "«VAULT::/a» VAULT:/b",
      syntax: syntaxOf("::", "|"),
    },
    {
      name: "takes a separator beyond ASCII",
      input: "VAULT→/a→b VAULT↑x",
      expected: "«VAULT→/a→b» VAULT↑x",
      syntax: syntaxOf("→", "|"),
    },
    {
      name: "takes a separator that ends in letters",
      input: "VAULT#AENV#Ab",
      expected: "«VAULT#AENV#Ab»",
      syntax: syntaxOf("#A", "|"),
    },
    {
      name: "finds separators that overlap",
      input: "VAULT:::x VAULT::a",
      expected: "VAULT:::x «VAULT::a»",
      syntax: syntaxOf("::", "|"),
    },
    { name: "takes a slash behind the separator for path", input: "VAULT:////a", expected: "«VAULT:////a»" },
    {
      name: "takes another key separator",
      input: "VAULT:///a;k.l",
      expected: "«VAULT:///a;k.l»",
      syntax: syntaxOf("://", ";"),
    },
    {
      name: "prefers the key separator to a terminator",
      input: "VAULT:///a/?k",
      expected: "«VAULT:///a/?k»",
      syntax: syntaxOf("://", "?"),
    },
    {
      name: "takes a key separator that begins the token separator",
      input: "VAULT://a:k ENV://b:VAULT://c",
      expected: "«VAULT://a:k» «ENV://b»:«VAULT://c»",
      syntax: syntaxOf("://", ":"),
    },
  ];
  it.each(cases)("$name", ({ input, expected, syntax }) => {
    expect(marked(input, syntax)).toBe(expected);
  });

  it("has the path before another key separator, and the key path behind it", () => {
    expect(onlyReference("VAULT:///a/?k.l", syntaxOf("://", "?"))).toMatchObject({ path: "/a/", keyPath: ["k", "l"] });
  });

  it("has no key path when none is written", () => {
    expect(onlyReference("VAULT:///a").keyPath).toBeUndefined();
  });

  it.each([
    { name: "at the end of input", input: "VAULT://", expected: ["CM_TOKEN_EMPTY_PATH 0-8"] },
    { name: "before a terminator", input: "x VAULT://:x", expected: ["CM_TOKEN_EMPTY_PATH 2-10"] },
    { name: "before a blank", input: "VAULT:// x", expected: ["CM_TOKEN_EMPTY_PATH 0-8"] },
    { name: "before a question mark", input: "VAULT://?x", expected: ["CM_TOKEN_EMPTY_PATH 0-8"] },
    { name: "before the key separator", input: "VAULT://|k", expected: ["CM_TOKEN_EMPTY_PATH 0-8"] },
    { name: "before a bracket", input: "VAULT://[k=v]", expected: ["CM_TOKEN_EMPTY_PATH 0-8"] },
    { name: "before an invalid byte", input: bytesOf("VAULT://\xff"), expected: ["CM_TOKEN_EMPTY_PATH 0-8"] },
    { name: "before another token", input: "VAULT://ENV://x", expected: ["CM_TOKEN_EMPTY_PATH 0-8"] },
    {
      name: "before another separator",
      input: "VAULT:::x",
      syntax: syntaxOf("::", "|"),
      expected: ["CM_TOKEN_EMPTY_PATH 0-7"],
    },
  ])("refuses an empty path $name", ({ input, expected, syntax }) => {
    expect(faults(input, syntax)).toEqual(expected);
  });

  it("says what an empty path lacks, and names the token", () => {
    const { error } = scan(Buffer.from("VAULT:// "), v3).problems[0]!;
    expect({ message: error.message, hint: error.hint, token: error.token }).toEqual({
      message: 'token "VAULT://" has no path',
      hint: 'write what the store is asked for directly after "VAULT://"',
      token: "VAULT://",
    });
  });

  it("goes on directly behind the separator of an empty path", () => {
    expect(marked("VAULT://ENV://x")).toBe("VAULT://«ENV://x»");
  });
});

describe("where a token begins", () => {
  const cases: MarkCase[] = [
    {
      name: "one of the seven begins in the middle of a word",
      input: "RenaissanceAWSPARAMSTR:///x",
      expected: "Renaissance«AWSPARAMSTR:///x»",
    },
    {
      name: "one of the seven begins behind an underscore and a digit",
      input: "a_VAULT://x 9VAULT://y",
      expected: "a_«VAULT://x» 9«VAULT://y»",
    },
    {
      name: "no other prefix begins in the middle of a word",
      input: "PROFILE://x _ENV://y 1LOCAL://z aEXEC://q",
      expected: "PROFILE://x _ENV://y 1LOCAL://z aEXEC://q",
    },
    {
      name: "another prefix begins at a word's start",
      input: "-ENV://x=FILE://y/LOCAL://z",
      expected: "-«ENV://x=»«FILE://y/»«LOCAL://z»",
    },
    { name: "another prefix begins behind a letter that is not ASCII", input: "éENV://x", expected: "é«ENV://x»" },
    {
      name: "the longest known prefix wins",
      input: "MYVAULT://x",
      expected: "«MYVAULT://x»",
      syntax: syntaxOf("://", "|", "MYVAULT"),
    },
    {
      name: "a longer prefix that may not begin there does not win",
      input: "xMYVAULT://y",
      expected: "xMY«VAULT://y»",
      syntax: syntaxOf("://", "|", "MYVAULT"),
    },
    {
      name: "a longer prefix wins inside a path where it may begin",
      input: "VAULT:///a/MYVAULT://b",
      expected: "«VAULT:///a/»«MYVAULT://b»",
      syntax: syntaxOf("://", "|", "MYVAULT"),
    },
    {
      name: "a prefix without the separator is text",
      input: "VAULT VAULT:/ VAULT:// x",
      expected: "VAULT VAULT:/ VAULT:// x",
    },
    {
      name: "no prefix is recognised inside metadata",
      input: "VAULT:///a[k=ENV://x] ENV://y",
      expected: "«VAULT:///a[k=ENV://x]» «ENV://y»",
    },
    {
      name: "a token begins directly behind metadata",
      input: "VAULT:///a[k=v]ENV://x",
      expected: "«VAULT:///a[k=v]»«ENV://x»",
    },
    {
      name: "a token begins behind a NUL and an invalid byte",
      input: bytesOf("\0ENV://a\0ENV://b\xffENV://c\xc3ENV://d"),
      expected: "\0«ENV://a»\0«ENV://b»\xff«ENV://c»\xc3«ENV://d»",
    },
    { name: "a byte order mark stays outside", input: "\ufeffENV://a", expected: "\ufeff«ENV://a»" },
  ];
  it.each(cases)("$name", ({ input, expected, syntax }) => {
    expect(marked(input, syntax)).toBe(expected);
  });
});

describe("where a token ends", () => {
  const cases: MarkCase[] = [
    {
      name: "at the beginning of another token",
      input: "AWSPARAMSTR:///aAWSSECRETS:///b",
      expected: "«AWSPARAMSTR:///a»«AWSSECRETS:///b»",
    },
    {
      name: "at another token with any separator",
      input: "VAULT#/aENV#b/ENV#c",
      expected: "«VAULT#/aENV#b/»«ENV#c»",
      syntax: syntaxOf("#", "|"),
    },
    {
      name: "at another token, whatever follows that",
      input: "VAULT:///aVAULT:// x",
      expected: "«VAULT:///a»VAULT:// x",
    },
    {
      name: "not at a prefix that may not begin there",
      input: "VAULT#/aENV#b",
      expected: "«VAULT#/aENV#b»",
      syntax: syntaxOf("#", "|"),
    },
    {
      name: "at another token inside the key path",
      input: "VAULT:///a|kVAULT://b",
      expected: "«VAULT:///a|k»«VAULT://b»",
    },
    {
      name: "as in v3, four in one address",
      input: "proto://AWSPARAMSTR:///c|user:AWSSECRETS:///c|pass@AWSPARAMSTR:///c|host:AWSPARAMSTR:///c|port/?q=1",
      expected:
        "proto://«AWSPARAMSTR:///c|user»:«AWSSECRETS:///c|pass»@«AWSPARAMSTR:///c|host»:«AWSPARAMSTR:///c|port»/?q=1",
    },
    { name: "at the end of input", input: "VAULT:///a", expected: "«VAULT:///a»" },
    ...[..." \n\"'@?:\t\r\v\f\0\u001f\u007f\u0080\u0085\u009f`\\,;&<>(){}]"].map((terminator) => ({
      name: `at ${JSON.stringify(terminator)} in a path`,
      input: `VAULT:///a${terminator}b`,
      expected: `«VAULT:///a»${terminator}b`,
    })),
    ...[..."\u00a0\u1680\u2000\u2005\u200a\u2028\u2029\u202f\u205f\u3000"].map((terminator) => ({
      name: `at the white space U+${terminator.charCodeAt(0).toString(16).padStart(4, "0")}`,
      input: `VAULT:///a|k${terminator}b`,
      expected: `«VAULT:///a|k»${terminator}b`,
    })),
    ...[..."!#$%*+-.=^_~é\u00a1\u167f\u1681\u200b\u2027\u202e\u2060\u3001\ufeff😀"].map((character) => ({
      name: `not at U+${character.codePointAt(0)!.toString(16).padStart(4, "0")}`,
      input: `VAULT:///a${character}b`,
      expected: `«VAULT:///a${character}b»`,
    })),
    { name: "at a slash and a question mark", input: "VAULT:///a/?b", expected: "«VAULT:///a»/?b" },
    { name: "at a slash and a question mark in the key path", input: "VAULT:///a|k/?b", expected: "«VAULT:///a|k»/?b" },
    {
      name: "at the question mark when the slash is the first of the path",
      input: "AWSSECRETS:///?x",
      expected: "«AWSSECRETS:///»?x",
    },
    {
      name: "at a slash and a question mark from the second character on",
      input: "AWSSECRETS://a/?x",
      expected: "«AWSSECRETS://a»/?x",
    },
    {
      name: "at CRLF",
      input: "a: VAULT:///a\r\nb: VAULT:///b\r\n",
      expected: "a: «VAULT:///a»\r\nb: «VAULT:///b»\r\n",
    },
    {
      name: "in JSON inside JSON",
      input: String.raw`"{\"a\":\"VAULT:///a|k\"}"`,
      expected: String.raw`"{\"a\":\"«VAULT:///a|k»\"}"`,
    },
    { name: "in a list", input: "k=VAULT:///a,VAULT:///b", expected: "k=«VAULT:///a»,«VAULT:///b»" },
    {
      name: "in a connection string",
      input: "Password=VAULT:///a;Server=x",
      expected: "Password=«VAULT:///a»;Server=x",
    },
    { name: "in a query", input: "?a=VAULT:///a&b=1", expected: "?a=«VAULT:///a»&b=1" },
    { name: "in brackets", input: "[VAULT:///a]", expected: "[«VAULT:///a»]" },
    ...[
      ["a lone continuation", "\x80"],
      ["a byte that is never used", "\xff"],
      ["an overlong sequence", "\xc0\xaf"],
      ["an overlong sequence of three", "\xe0\x80\xaf"],
      ["a surrogate", "\xed\xa0\x80"],
      ["something beyond U+10FFFF", "\xf4\x90\x80\x80"],
      ["an overlong sequence of four", "\xf0\x80\x80\xaf"],
      ["a sequence cut off", "\xe2\x82"],
      ["a sequence of four cut off", "\xf0\x9f\x98"],
    ].map(([name, bytes]) => ({
      name: `at an invalid byte: ${name}`,
      input: bytesOf(`VAULT:///a${bytes}b`),
      expected: `«VAULT:///a»${bytes}b`,
    })),
    {
      name: "at a sequence that the end of input cuts off",
      input: bytesOf("VAULT:///a\xe2\x82"),
      expected: "«VAULT:///a»\xe2\x82",
    },
    { name: "behind the bracket of its metadata", input: "VAULT:///a|k[v=1].x", expected: "«VAULT:///a|k[v=1]».x" },
    {
      name: "behind empty brackets",
      input: "AWSPARAMSTR:///host[].example.com",
      expected: "«AWSPARAMSTR:///host[]».example.com",
    },
    { name: "behind brackets that hold blanks", input: "VAULT:///a[ ]b", expected: "«VAULT:///a[ ]»b" },
    { name: "before a key separator behind brackets", input: "VAULT:///a[v=1]|k", expected: "«VAULT:///a[v=1]»|k" },
  ];
  it.each(cases)("ends $name", ({ input, expected, syntax }) => {
    expect(marked(input, syntax)).toBe(expected);
  });

  it("asks for the slash alone before a question mark", () => {
    expect(onlyReference("AWSSECRETS:///?x").path).toBe("/");
  });

  it("has no metadata in empty brackets", () => {
    expect(onlyReference("VAULT:///a[]")).toMatchObject({ path: "/a", metadata: new Map(), rawMetadata: "" });
  });
});

describe("a key separator", () => {
  const cases: MarkCase[] = [
    { name: "is text before a terminator", input: "|AWSPARAMSTR:///a| b", expected: "|«AWSPARAMSTR:///a»| b" },
    { name: "is text at the end of input", input: "|AWSPARAMSTR:///a|", expected: "|«AWSPARAMSTR:///a»|" },
    { name: "is text before a token", input: "VAULT:///a|VAULT:///b", expected: "«VAULT:///a»|«VAULT:///b»" },
    { name: "is text before a bracket", input: "VAULT:///a|[k=v]", expected: "«VAULT:///a»|[k=v]" },
    { name: "is text before another", input: "VAULT:///a||k", expected: "«VAULT:///a»||k" },
    { name: "is text before white space beyond ASCII", input: "VAULT:///a|\u3000", expected: "«VAULT:///a»|\u3000" },
    { name: "is text before an invalid byte", input: bytesOf("VAULT:///a|\xff"), expected: "«VAULT:///a»|\xff" },
    { name: "is text before a slash and a question mark", input: "VAULT:///a|/?x", expected: "«VAULT:///a»|/?x" },
    {
      name: "is text before a terminator behind a key path too",
      input: "|VAULT:///a|k| x",
      expected: "|«VAULT:///a|k»| x",
    },
    {
      name: "is text before a token behind a key path too",
      input: "VAULT:///a|k|VAULT:///b",
      expected: "«VAULT:///a|k»|«VAULT:///b»",
    },
    {
      name: "opens the key path before a prefix that may not begin there",
      input: "VAULT#/a|xENV#b",
      expected: "«VAULT#/a|xENV#b»",
      syntax: syntaxOf("#", "|"),
    },
  ];
  it.each(cases)("$name", ({ input, expected, syntax }) => {
    expect(marked(input, syntax)).toBe(expected);
  });

  it("belongs to the key path that an earlier one opened", () => {
    expect(onlyReference("VAULT:///a|k|l.m")).toMatchObject({ path: "/a", keyPath: ["k|l", "m"] });
  });

  it.each([
    { name: "at the beginning", input: "VAULT:///a|.b", expected: ["CM_KEY_PATH_INVALID 11-12"] },
    { name: "in the middle", input: "VAULT:///a|b..c", expected: ["CM_KEY_PATH_INVALID 13-14"] },
    { name: "at the end", input: "VAULT:///a|b. x", expected: ["CM_KEY_PATH_INVALID 12-13"] },
    { name: "on its own", input: "VAULT:///a|.[v=1]", expected: ["CM_KEY_PATH_INVALID 11-12"] },
  ])("refuses an empty segment $name, and points at its dot", ({ input, expected }) => {
    expect(faults(input)).toEqual(expected);
  });

  it("goes on behind a token whose key path is refused", () => {
    expect(marked("VAULT:///a|.[v=1]VAULT:///b")).toBe("VAULT:///a|.[v=1]«VAULT:///b»");
  });
});

describe("percent-encoding in a token", () => {
  it.each([
    {
      name: "a colon in the path",
      input: "AZAPPCONF://store/Settings%3ADb%3aHost",
      expected: { path: "store/Settings:Db:Host" },
    },
    { name: "a percent sign never", input: "VAULT:///a%253A%2Fb%25", expected: { path: "/a%253A%2Fb%25" } },
    { name: "the key separator's own code", input: "VAULT:///a%7Cb", expected: { path: "/a|b" } },
    {
      name: "a dot in the key path alone",
      input: "VAULT:///a%2Eb|tls%2Ecrt.x%20y",
      expected: { path: "/a%2Eb", keyPath: ["tls.crt", "x y"] },
    },
    {
      name: "the comma, bracket and percent sign of metadata",
      input: "VAULT:///a[k=a%2Cb%5d%25%3A]",
      expected: { metadata: new Map([["k", "a,b]%%3A"]]), rawMetadata: "k=a%2Cb%5d%25%3A" },
    },
  ])("decodes $name", ({ input, expected }) => {
    expect(onlyReference(input)).toMatchObject(expected);
  });
});

describe("metadata of a token", () => {
  it.each([
    { name: "at the end of the line", input: "VAULT:///a[k=v\n]", expected: ["CM_METADATA_UNCLOSED 10-11"] },
    { name: "at the end of input", input: "VAULT:///a|k[v=1", expected: ["CM_METADATA_UNCLOSED 12-13"] },
  ])("refuses what is not closed $name", ({ input, expected }) => {
    expect(faults(input)).toEqual(expected);
  });

  it.each([
    {
      name: "behind a bracket that is not closed",
      input: "VAULT:///a[k=VAULT:///b",
      expected: "VAULT:///a[k=«VAULT:///b»",
    },
    { name: "at a pair without =", input: "VAULT:///a[VAULT:///b]", expected: "VAULT:///a[«VAULT:///b»]" },
    {
      name: "at the second pair when that is the fault",
      input: "VAULT:///a[k=VAULT:///x,VAULT:///b]",
      expected: "VAULT:///a[k=VAULT:///x,«VAULT:///b»]",
    },
    {
      name: "at a control character",
      input: "VAULT:///a[k=VAULT:///x\tVAULT:///b]",
      expected: "VAULT:///a[k=VAULT:///x\t«VAULT:///b»]",
    },
    {
      name: "behind brackets whose as= is unknown",
      input: "VAULT:///a[as=VAULT:///x]VAULT:///b",
      expected: "VAULT:///a[as=VAULT:///x]«VAULT:///b»",
    },
  ])("goes on $name", ({ input, expected }) => {
    expect(marked(input)).toBe(expected);
    expect(faults(input)).toHaveLength(1);
  });

  it("reports every bracket that is not closed on a line", () => {
    const input = "VAULT:///a[k=VAULT:///a[k=VAULT:///a[\nVAULT:///a[k=v]";
    expect(faults(input)).toEqual([
      "CM_METADATA_UNCLOSED 10-11",
      "CM_METADATA_UNCLOSED 23-24",
      "CM_METADATA_UNCLOSED 36-37",
    ]);
    expect(marked(input)).toMatch(/«VAULT:\/\/\/a\[k=v\]»$/);
  });

  it("keeps the host's own keys from the plugin", () => {
    expect(onlyReference("VAULT:///a[ version = 7 ,Default=x%2Cy,role=r, AS=trim+base64]")).toMatchObject({
      metadata: new Map([
        ["version", "7"],
        ["role", "r"],
      ]),
      rawMetadata: "version = 7,role=r",
      defaultText: "x,y",
      transforms: ["trim", "base64"],
    });
  });

  it("tells an empty default from none", () => {
    expect(onlyReference("VAULT:///a[default=]").defaultText).toBe("");
    expect(onlyReference("VAULT:///a[k=v]").defaultText).toBeUndefined();
  });

  it("names a fault, the token it is in and what to do", () => {
    const { error } = scan(Buffer.from("VAULT:///a[as=bas64]"), v3).problems[0]!;
    expect(error).toMatchObject({
      code: "CM_METADATA_INVALID",
      message: 'metadata "as" names the unknown change "bas64"',
      hint: 'did you mean "base64"? use "base64", "base64decode", "url", "json", "trim", or several joined with "+"',
      token: "VAULT:///a[as=bas64]",
    });
  });
});

describe("scan", () => {
  it("shares one reference among equal spellings", () => {
    const { tokens } = scan(Buffer.from("VAULT:///é VAULT:///b VAULT:///é"), v3);
    expect(tokens.map(({ start, end }) => [start, end])).toEqual([
      [0, 11],
      [12, 22],
      [23, 34],
    ]);
    expect(tokens[2]!.reference).toBe(tokens[0]!.reference);
    expect(tokens[0]!.reference).toMatchObject({ text: "VAULT:///é", path: "/é" });
  });

  it("reads long metadata again and still shares the reference", () => {
    const token = `VAULT:///a[k=${"x".repeat(2_000)}]`;
    const { tokens } = scan(Buffer.from(`${token} ${token}`), v3);
    expect(tokens).toHaveLength(2);
    expect(tokens[1]!.reference).toBe(tokens[0]!.reference);
  });

  it("takes a view into a larger buffer", () => {
    const whole = new Uint8Array(Buffer.from("xxVAULT:///a yy"));
    expect(scan(whole.subarray(2, 12), v3).tokens).toMatchObject([{ start: 0, end: 10 }]);
  });

  it("finds nothing in nothing", () => {
    expect(scan(new Uint8Array(0), v3)).toEqual({ tokens: [], problems: [], warnings: [] });
  });

  it.each([
    { name: "little endian", bytes: Buffer.concat([bytesOf("\xff\xfe"), Buffer.from("VAULT://a", "utf16le")]) },
    { name: "big endian", bytes: Buffer.concat([bytesOf("\xfe\xff"), Buffer.from("VAULT://a", "utf16le").swap16()]) },
  ])("warns of a UTF-16 byte order mark, $name", ({ bytes }) => {
    expect(scan(bytes, v3)).toEqual({
      tokens: [],
      problems: [],
      warnings: [
        {
          start: 0,
          end: 2,
          message: "the text begins with a UTF-16 byte order mark, so no token can be found in it",
          hint: "save it as UTF-8",
        },
      ],
    });
  });

  it("reports everything in document order", () => {
    const { tokens, problems, warnings } = scan(
      Buffer.from("VALT://a VAULT://{{ x }} VAULT:///b{{ VAULT:///c|. MYVAULT://d[x] VAULT:///e${X}"),
      v3,
    );
    for (const list of [tokens, problems, warnings]) {
      const starts = (list as readonly { start: number }[]).map(({ start }) => start);
      expect(starts).toEqual(starts.toSorted((left, right) => left - right));
    }
    expect([tokens.length, problems.length, warnings.length]).toEqual([2, 3, 4]);
  });
});

describe("no input is slow", () => {
  const megabyte = 1_000_000;
  const repeated = (part: string): Buffer => Buffer.alloc(megabyte, part, "latin1");
  const inputs: { name: string; input: Buffer }[] = [
    ...[
      "[",
      "://",
      "|",
      "VAULT",
      "VAULT://",
      "VAULT:///a[",
      "VAULT:///a[k=1,z=",
      "VAULT:///a[as=",
      "VAULT:///a|",
      "VAULT:///a[b]|",
      "\xff",
      "\xff://",
      "Z://",
    ].flatMap((part) => [
      { name: `1 MB of ${JSON.stringify(part)}`, input: repeated(part) },
      {
        name: `1 MB of ${JSON.stringify(part)} and one closing bracket`,
        input: Buffer.concat([repeated(part), Buffer.from("]")]),
      },
    ]),
    {
      name: "a word of 1 MB before each separator",
      input: Buffer.concat([repeated("A"), Buffer.from("://x "), repeated("A"), Buffer.from("VAULT://x")]),
    },
    {
      name: "a metadata key of 1 MB",
      input: Buffer.concat([Buffer.from("VAULT:///a["), repeated("k"), Buffer.from("]")]),
    },
    {
      name: "200,000 names that are near a prefix",
      input: Buffer.from(
        Array.from({ length: 200_000 }, (_, index) => `AWSSECR${index.toString(36).toUpperCase()}://`).join(""),
      ),
    },
  ];
  // How quick it is `bench/scan.bench.ts` measures; quadratic work would outlast the time-out of the test.
  it.each(inputs)("$name is read to its end", ({ input }) => {
    expect(() => scan(input, v3)).not.toThrow();
  });
});

describe("parseToken", () => {
  it("reads exactly one token", () => {
    expect(parseToken("ENV://HOME|a[default=x]", v3)).toMatchObject({
      prefix: "ENV",
      path: "HOME",
      keyPath: ["a"],
      defaultText: "x",
    });
  });

  it.each([
    { name: "no text", text: "", message: '"" is not one token: it holds none' },
    {
      name: "an unknown prefix",
      text: "VALT:///a",
      message: '"VALT:///a" is not one token: it holds none',
      hint: 'did you mean "VAULT"?',
    },
    {
      name: "text before",
      text: "x VAULT:///a",
      message: '"x VAULT:///a" is not one token: "VAULT:///a" begins in the middle of it',
    },
    { name: "text behind", text: "VAULT:///a b", message: '"VAULT:///a b" is not one token: " b" is left over' },
    {
      name: "two tokens",
      text: "VAULT:///aVAULT:///b",
      message: '"VAULT:///aVAULT:///b" is not one token: "VAULT:///b" is left over',
    },
    { name: "a line feed", text: "VAULT:///a\n", message: '"VAULT:///a\\n" is not one token: "\\n" is left over' },
    {
      name: "a faulty token",
      text: "VAULT:///a[x]",
      message: '"VAULT:///a[x]" is not one token: metadata "x" has no "="',
    },
    {
      name: "a token cut short",
      text: "AWSSECRETS://arn:aws:x",
      message: '"AWSSECRETS://arn:aws:x" is not one token: ":aws:x" is left over',
      hint: 'write "%3A" for each ":" of the path',
    },
    {
      name: "an alias that is not configured",
      text: "MYVAULT://x",
      message: '"MYVAULT://x" is not one token: "VAULT://x" begins in the middle of it',
      hint: 'configure a store "MYVAULT" if you meant one',
    },
  ])("refuses $name", ({ text, message, hint }) => {
    let thrown: unknown;
    try {
      parseToken(text, v3);
    } catch (error) {
      thrown = error;
    }
    expect(isConfigManagerError(thrown)).toBe(true);
    expect(thrown).toMatchObject({ code: "CM_USAGE", message, ...(hint === undefined ? {} : { hint }) });
  });
});
