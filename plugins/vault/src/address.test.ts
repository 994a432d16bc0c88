import { describe, expect, it } from "vitest";
import { encodePath, toVaultRead, type VaultRead } from "./address.ts";

function read(path: string, metadata: Record<string, string> = {}): VaultRead {
  return toVaultRead({ path, metadata });
}

function errorOf(path: string, metadata: Record<string, string> = {}): { kind: string; message: string; hint: string } {
  try {
    read(path, metadata);
  } catch (error) {
    return error as { kind: string; message: string; hint: string };
  }
  throw new Error("no error");
}

describe("what a token means to Vault", () => {
  it.each([
    { name: "V1: a mount", path: "secret___/demo/configmanager", mount: "secret" },
    { name: "V1: a mount behind a slash", path: "/secret___/demo/configmanager", mount: "secret" },
    { name: "V2: a mount that begins with an underscore", path: "_secret___/demo/configmanager", mount: "_secret" },
    { name: "V2: a mount that begins with two", path: "__secret___/demo/configmanager", mount: "__secret" },
    { name: "V2: a mount of several parts", path: "secret/bar/path___/demo/configmanager", mount: "secret/bar/path" },
  ])("$name is what stands before ___", ({ path, mount }) => {
    expect(read(path)).toMatchObject({ mount, path: `${mount}/data/demo/configmanager` });
  });

  it.each([
    { name: "a path without a slash in front", path: "secret___foo", expected: "secret/data/foo" },
    { name: "further ___, which are taken out", path: "secret___/a___b/___c", expected: "secret/data/ab/c" },
    { name: "___ in the name of a secret, taken out too", path: "secret___/a____b", expected: "secret/data/a_b" },
    { name: "slashes too many", path: "secret/___//a//b/", expected: "secret/data/a/b" },
    { name: "a dot", path: "secret___/./a", expected: "secret/data/a" },
    { name: "what is not ASCII", path: "größe___/\u{1f511}", expected: "größe/data/\u{1f511}" },
  ])("takes $name", ({ path, expected }) => {
    expect(read(path).path).toBe(expected);
  });

  it.each([
    { name: "KV version 1", path: "kv___/a/b", engine: "kv1", mount: "kv", expected: "kv/a/b" },
    { name: "KV version 1 without ___", path: "/kv/a/b", engine: "kv1", mount: "", expected: "kv/a/b" },
    { name: "any path", path: "database/creds/app", engine: "raw", mount: "", expected: "database/creds/app" },
    {
      name: "any path with ___",
      path: "database___creds/app",
      engine: "raw",
      mount: "database",
      expected: "database/creds/app",
    },
    { name: "KV version 2 by name", path: "kv___a", engine: "kv2", mount: "kv", expected: "kv/data/a" },
  ])("reads $name by the metadata key engine", ({ path, engine, mount, expected }) => {
    expect(read(path, { engine })).toMatchObject({ engine, mount, path: expected, version: undefined });
  });

  it.each([
    { text: "1", expected: "1" },
    { text: "0", expected: "0" },
    { text: "+007", expected: "7" },
    { text: "-1", expected: "-1" },
    { text: "9223372036854775807", expected: "9223372036854775807" },
  ])("reads the version $text as Go does", ({ text, expected }) => {
    expect(read("secret___/a", { version: text }).version).toBe(expected);
  });

  it.each([
    { name: "V8: a version that is no number", text: "1a", because: "invalid syntax" },
    { name: "a version with a blank", text: "1 ", because: "invalid syntax" },
    { name: "a version with quotes in it", text: 'a"b', because: "invalid syntax" },
    { name: "a version that is too large", text: "9223372036854775808", because: "value out of range" },
  ])("$name is refused in the words of Go", ({ text, because }) => {
    expect(errorOf("secret___/some/other/foo2", { version: text })).toMatchObject({
      kind: "badRequest",
      message: `unable to parse version into an integer: strconv.Atoi: parsing ${JSON.stringify(text)}: ${because}`,
    });
  });

  it.each([
    { name: "a token without ___", path: "secret/foo", metadata: {} },
    { name: "a token without a secret", path: "secret___", metadata: {} },
    { name: "a token without a mount", path: "___/foo", metadata: {} },
    { name: "an empty token", path: "", metadata: {} },
    { name: "an empty path of any kind", path: "/", metadata: { engine: "raw" } },
  ])("$name is refused, and told the shape", ({ path, metadata }) => {
    expect(errorOf(path, metadata)).toMatchObject({
      kind: "badRequest",
      message: `"${path}" does not say which mount holds which secret`,
      hint: expect.stringContaining("VAULT://<mount>___<path of the secret>") as string,
    });
  });

  it.each([
    { name: "a path upwards", path: "secret___/../../sys/seal", metadata: {} },
    { name: "a mount upwards", path: "../secret___/a", metadata: {} },
    { name: "a raw path upwards", path: "a/../b", metadata: { engine: "raw" } },
    { name: "a line feed", path: "secret___/a\nb", metadata: {} },
    { name: "half a character", path: "secret___/\ud83d", metadata: {} },
    { name: "an engine that is not known", path: "secret___/a", metadata: { engine: "kv3" } },
    { name: "a version of KV version 1", path: "kv___/a", metadata: { engine: "kv1", version: "1" } },
    { name: "a version of a raw path", path: "kv/a", metadata: { engine: "raw", version: "1" } },
  ])("$name is refused", ({ path, metadata }) => {
    expect(errorOf(path, metadata).kind).toBe("badRequest");
  });

  it.each([
    { name: "iam_role", metadata: { iam_role: "a" } },
    { name: "role", metadata: { role: "a" } },
    { name: "iam_role before role", metadata: { iam_role: "a", role: "b" } },
  ])("takes the role from $name", ({ metadata }) => {
    expect(read("secret___/a", metadata).role).toBe("a");
  });
});

describe("a path as it is sent", () => {
  // As Go's net/url prints them: url.URL{Path: …}.EscapedPath().
  it.each([
    { path: "secret/data/a b", sent: "secret/data/a%20b" },
    { path: "a$&+,/:;=@z", sent: "a$&+,/:;=@z" },
    { path: "a!'()*?#z", sent: "a%21%27%28%29%2A%3F%23z" },
    { path: "100%", sent: "100%25" },
    { path: "a%2Fb", sent: "a%252Fb" },
    { path: '[a]{b}|\\^`"<>', sent: "%5Ba%5D%7Bb%7D%7C%5C%5E%60%22%3C%3E" },
    { path: "-_.~", sent: "-_.~" },
    { path: "größe/\u{1f511}", sent: "gr%C3%B6%C3%9Fe/%F0%9F%94%91" },
  ])("$path", ({ path, sent }) => {
    expect(encodePath(path)).toBe(sent);
  });
});
