import { describe, expect, it } from "vitest";
import { folderOfVersion, isVersion, parseSource, sourceText } from "./install-source.ts";

describe("a source", () => {
  it.each([
    { text: "https://Host.example/a/", base: "https://host.example/a", newest: "", version: "download/v1/" },
    {
      text: "https://github.com/o/r/releases",
      base: "https://github.com/o/r/releases",
      newest: "latest/download/",
      version: "download/v1/",
    },
    { text: "http://host", base: "http://host", newest: "", version: "download/v1/" },
    { text: "/srv/plugins/", base: "/srv/plugins", newest: "", version: "download/v1/" },
    { text: "../plugins", base: "/home/me/plugins", newest: "", version: "download/v1/" },
    {
      text: "mirror/releases",
      base: "/home/me/project/mirror/releases",
      newest: "latest/download/",
      version: "download/v1/",
    },
    { text: "http:/one-slash", base: "/home/me/project/http:/one-slash", newest: "", version: "download/v1/" },
  ])("$text is $base", ({ text, base, newest, version }) => {
    const source = parseSource(text, "/home/me/project");
    expect(source.base).toBe(base);
    expect(folderOfVersion(source, undefined)).toBe(newest);
    expect(folderOfVersion(source, "v1")).toBe(version);
    expect(parseSource(sourceText(source, "/home/me/project"), "/home/me/project").base).toBe(base);
  });

  it("is named in a lock as it was given: a relative folder so that a clone of the project has it elsewhere", () => {
    expect(sourceText(parseSource("../plugins", "/home/me/project/below"), "/home/me/project")).toBe("plugins");
    expect(sourceText(parseSource(".", "/home/me/project"), "/home/me/project")).toBe(".");
    expect(sourceText(parseSource("/srv/plugins", "/home/me/project"), "/home/me/project")).toBe("/srv/plugins");
  });
});

it.each([
  { text: "v1.2.3", expected: true },
  { text: "1.0.0-rc.1+build_7", expected: true },
  { text: "plugins/vault/v1", expected: true },
  { text: "", expected: false },
  { text: "../v1", expected: false },
  { text: "v1/../..", expected: false },
  { text: "v1/", expected: false },
  { text: "v1?x", expected: false },
  { text: "%2e%2e", expected: false },
])("$text is a version: $expected", ({ text, expected }) => {
  expect(isVersion(text)).toBe(expected);
});
