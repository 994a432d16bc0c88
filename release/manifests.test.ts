import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Release } from "./download.ts";
import { homebrewFormula } from "./homebrew.ts";
import { scoopManifest } from "./scoop.ts";

const files = ["linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64", "windows-amd64.exe", "windows-arm64.exe"];
const release: Release = {
  version: "1.2.3",
  homepage: "https://example.com/configmanager",
  baseUrl: "https://example.com/configmanager/releases/",
  checksums: new Map(files.map((file) => [`configmanager-${file}`, sha256(file)])),
};
const address = "https://example.com/configmanager/releases/download/v1.2.3/configmanager-";

const hasRuby = spawnSync("ruby", ["--version"]).status === 0;
if (!hasRuby) process.stderr.write("WARNING: there is no ruby here: the formula is not run\n");

/** As much of Homebrew as a formula needs to say what it would download and to be installed. */
const playedHomebrew = `
require "pathname"
require "json"
class Pathname
  def install(map) = $calls << ["install", map]
end
class Formula
  class << self
    def desc(text) = $calls << ["desc", text]
    def homepage(text) = $calls << ["homepage", text]
    def version(text) = $calls << ["version", text]
    def license(text) = $calls << ["license", text]
    def url(text) = $calls << ["url", $where.join(" "), text]
    def sha256(text) = $calls << ["sha256", $where.join(" "), text]
    def test = nil
    %w[on_macos on_linux on_arm on_intel].each do |name|
      define_method(name) { |&block| $where.push(name); block.call; $where.pop }
    end
  end
  def bin = Pathname("/prefix/bin")
  def chmod(mode, path) = $calls << ["chmod", mode.to_s(8), path.to_s]
  def generate_completions_from_executable(*arguments) = $calls << ["completions", *arguments.map(&:to_s)]
end
$calls = []
$where = []
load ARGV[0]
Dir.chdir(ARGV[1]) { Configmanager.new.install }
puts JSON.generate($calls)
`;

describe("the Homebrew formula", () => {
  it.skipIf(!hasRuby)("is Ruby that says for each system what to download", () => {
    const calls = runFormula(homebrewFormula(release));
    const [urls, sums] = ["url", "sha256"].map((name) =>
      Object.fromEntries(calls.filter(([call]) => call === name).map(([, where, text]) => [where, text])),
    );
    expect(urls).toEqual({
      "on_macos on_arm": `${address}darwin-arm64`,
      "on_macos on_intel": `${address}darwin-amd64`,
      "on_linux on_arm": `${address}linux-arm64`,
      "on_linux on_intel": `${address}linux-amd64`,
    });
    expect(sums).toEqual({
      "on_macos on_arm": sha256("darwin-arm64"),
      "on_macos on_intel": sha256("darwin-amd64"),
      "on_linux on_arm": sha256("linux-arm64"),
      "on_linux on_intel": sha256("linux-amd64"),
    });
    expect(calls).toContainEqual(["version", "1.2.3"]);
    expect(calls).toContainEqual(["install", { "configmanager-linux-amd64": "configmanager" }]);
    expect(calls).toContainEqual(["chmod", "755", "/prefix/bin/configmanager"]);
  });

  it("is parsed without a warning where ruby is", ({ skip }) => {
    skip(!hasRuby);
    const { stdout, stderr } = spawnSync("ruby", ["-wc"], { input: homebrewFormula(release), encoding: "utf8" });
    expect([stdout, stderr]).toEqual(["Syntax OK\n", ""]);
  });

  it.skipIf(!hasRuby)("expands nothing that is in an address", () => {
    const calls = runFormula(homebrewFormula({ ...release, homepage: 'https://example.com/#{exit 3}"\\' }));
    expect(calls).toContainEqual(["homepage", 'https://example.com/#{exit 3}"\\']);
  });
});

describe("the Scoop manifest", () => {
  const manifest = JSON.parse(scoopManifest(release)) as Record<string, unknown>;

  it("names for each processor the executable, the name to save it under and its checksum", () => {
    expect(manifest).toMatchObject({
      version: "1.2.3",
      homepage: "https://example.com/configmanager",
      license: "MIT",
      bin: "configmanager.exe",
      architecture: {
        "64bit": { url: `${address}windows-amd64.exe#/configmanager.exe`, hash: sha256("windows-amd64.exe") },
        arm64: { url: `${address}windows-arm64.exe#/configmanager.exe`, hash: sha256("windows-arm64.exe") },
      },
    });
  });

  it("tells Scoop's updater where the next version and its checksums are", () => {
    const next = "https://example.com/configmanager/releases/download/v$version/configmanager-windows-amd64.exe";
    expect(manifest).toMatchObject({
      checkver: { github: "https://example.com/configmanager" },
      autoupdate: {
        architecture: { "64bit": { url: `${next}#/configmanager.exe` } },
        hash: { url: "$baseurl/SHA256SUMS" },
      },
    });
  });

  it("has no key that Scoop does not know", () => {
    const known = ["version", "description", "homepage", "license", "architecture", "bin", "checkver", "autoupdate"];
    expect(Object.keys(manifest)).toEqual(known);
  });
});

describe("a manifest", () => {
  it.each([
    ["Homebrew", homebrewFormula, "configmanager-darwin-arm64"],
    ["Scoop", scoopManifest, "configmanager-windows-amd64.exe"],
  ] as const)("for %s is not made without the checksum of each file", (_name, make, missing) => {
    const checksums = new Map([...release.checksums].filter(([file]) => file !== missing));
    expect(() => make({ ...release, checksums })).toThrow(`the release has no file "${missing}"`);
  });
});

function runFormula(formula: string): readonly unknown[][] {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "homebrew.rb"), playedHomebrew);
  writeFileSync(join(folder, "formula.rb"), formula);
  writeFileSync(join(folder, "configmanager-linux-amd64"), "");
  const args = [join(folder, "homebrew.rb"), join(folder, "formula.rb"), folder];
  return JSON.parse(execFileSync("ruby", args, { encoding: "utf8" })) as unknown[][];
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "cm-release-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
