import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../test/helpers/test-pool.ts";
import { findPlugin, findPluginPrefixes } from "./discover.ts";
import { platformName } from "./platform.ts";

interface Places {
  readonly configured: string;
  readonly cwd: string;
  readonly home: string;
  readonly shipped: string;
}

describe("platformName", () => {
  it.each([
    { platform: "linux", arch: "x64", name: "linux-amd64" },
    { platform: "darwin", arch: "arm64", name: "darwin-arm64" },
    { platform: "win32", arch: "x64", name: "windows-amd64" },
    { platform: "linux", arch: "ia32", name: "linux-386" },
    { platform: "freebsd", arch: "riscv64", name: "freebsd-riscv64" },
  ])("spells $platform $arch as $name", ({ platform, arch, name }) => {
    expect(platformName(platform, arch)).toBe(name);
  });
});

describe("findPlugin", () => {
  const order = ["configured", "cwd", "home", "shipped"] as const;
  const originOf = {
    configured: "CONFIGMANAGER_DIR",
    cwd: "working directory",
    home: "home folder",
    shipped: "shipped",
  };

  it.each(order.map((place, index) => ({ place, there: order.slice(index) })))(
    "takes $place before what comes after it",
    ({ place, there }) => {
      const places = makePlaces();
      const files = Object.fromEntries(there.map((name) => [name, put(places, name, "vault")]));
      expect(findPlugin("VAULT", undefined, contextOf(places))).toEqual({
        prefix: "VAULT",
        file: files[place],
        isShipped: place === "shipped",
        origin: originOf[place],
      });
    },
  );

  it("has .exe on Windows", () => {
    const places = makePlaces();
    const folder = join(places.cwd, ".configmanager", "plugins", "vault");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "vault-windows-amd64.exe"), "");
    expect(findPlugin("VAULT", undefined, contextOf(places, "win32")).file).toBe(
      join(folder, "vault-windows-amd64.exe"),
    );
  });

  it("looks for an alias under the plugin's name", () => {
    const places = makePlaces();
    const file = put(places, "cwd", "vault");
    expect(findPlugin("PROD", { plugin: "vault" }, contextOf(places))).toEqual({
      prefix: "PROD",
      file,
      isShipped: false,
      origin: "working directory",
    });
  });

  it("takes the path of the configuration as it is", () => {
    const places = makePlaces();
    expect(findPlugin("OLD", { path: "/opt/old" }, contextOf(places)).file).toBe("/opt/old");
  });

  it("tries each place once when two are the same", () => {
    const places = makePlaces();
    expect(() =>
      findPlugin("NONE", undefined, contextOf({ ...places, home: places.cwd, configured: places.cwd })),
    ).toThrow(
      expect.objectContaining({
        code: "CM_PLUGIN_NOT_FOUND",
        details: expect.objectContaining({
          tried: [
            join(places.cwd, ".configmanager", "plugins", "none", "none-linux-amd64"),
            join(places.shipped, "none.cjs"),
          ],
        }) as object,
      }),
    );
  });
});

it("findPlugin passes over a file where a plugin's folder should be", () => {
  const places = makePlaces();
  mkdirSync(join(places.cwd, ".configmanager", "plugins"), { recursive: true });
  writeFileSync(join(places.cwd, ".configmanager", "plugins", "one"), "");
  const file = put(places, "home", "one");
  expect(findPlugin("ONE", undefined, contextOf(places)).file).toBe(file);
});

describe("findPluginPrefixes", () => {
  it("has every folder of every place and what ships, and nothing that is no plugin's name", () => {
    const places = makePlaces();
    put(places, "configured", "one");
    put(places, "cwd", "two_x");
    put(places, "home", "three3");
    put(places, "shipped", "four");
    put(places, "cwd", "Not-A-Name");
    put(places, "cwd", "9nine");
    expect([...findPluginPrefixes(contextOf(places))].toSorted()).toEqual(["FOUR", "ONE", "THREE3", "TWO_X"]);
  });

  it("is empty where there is nothing", () => {
    expect([
      ...findPluginPrefixes({ ...contextOf(makePlaces()), home: undefined, shippedPluginsDir: undefined, env: {} }),
    ]).toEqual([]);
  });
});

describe("plugins inside the program's own file", () => {
  it("come last, and are found under their prefix", () => {
    const places = makePlaces();
    const context = { ...contextOf(places), shippedPluginsDir: undefined, pluginsInside: ["vault"] };
    const inside = { prefix: "VAULT", file: "/opt/node", isShipped: true, inside: "vault", origin: "shipped" };
    expect(findPlugin("VAULT", undefined, context)).toEqual(inside);
    expect(findPluginPrefixes(context)).toContain("VAULT");
    const file = put(places, "home", "vault");
    expect(findPlugin("VAULT", undefined, context).file).toBe(file);
  });
});

function makePlaces(): Places {
  const root = temporaryFolder();
  const places = {
    configured: join(root, "configured"),
    cwd: join(root, "cwd"),
    home: join(root, "home"),
    shipped: join(root, "shipped"),
  };
  for (const folder of Object.values(places)) mkdirSync(folder);
  return places;
}

function put(places: Places, place: keyof Places, name: string): string {
  if (place === "shipped") {
    const file = join(places.shipped, `${name}.cjs`);
    writeFileSync(file, "");
    return file;
  }
  const folder = join(places[place], ".configmanager", "plugins", name);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}-linux-amd64`);
  writeFileSync(file, "");
  return file;
}

function contextOf(
  { configured, cwd, home, shipped }: Places,
  platform: NodeJS.Platform = "linux",
): Parameters<typeof findPlugin>[2] {
  const env = { CONFIGMANAGER_DIR: configured };
  return { env, cwd, home, platform, arch: "x64", execPath: "/opt/node", shippedPluginsDir: shipped };
}
