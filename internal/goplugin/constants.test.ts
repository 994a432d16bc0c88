import { describe, expect, it } from "vitest";
import { importsOf } from "../../test/helpers/source-files.ts";
import { pluginVariableNames } from "./constants.ts";

describe("what a host needs before it talks to a plugin", () => {
  it.each([
    { file: "constants.ts", packages: [] },
    { file: "handshake-line.ts", packages: [] },
    { file: "handshake-env.ts", packages: [] },
    { file: "certificate.ts", packages: ["node:crypto"] },
  ])("$file loads no package but $packages, whatever it imports in turn", ({ file, packages }) => {
    expect(packagesOf(`internal/goplugin/${file}`)).toEqual(packages);
  });
});

describe("pluginVariableNames", () => {
  it("holds only names of go-plugin, each once", () => {
    expect(pluginVariableNames.every((name) => /^PLUGIN_[A-Z_]+$/.test(name))).toBe(true);
    expect(new Set(pluginVariableNames).size).toBe(7);
  });
});

function packagesOf(file: string): string[] {
  const loaded = importsOf(file).filter(({ typeOnly }) => !typeOnly);
  const packages = loaded.flatMap(({ to }) => (to.startsWith("internal/") ? packagesOf(to) : [to]));
  return [...new Set(packages)].sort();
}
