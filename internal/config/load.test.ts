import { describe, expect, it } from "vitest";
import { isConfigManagerError } from "../errors/errors.ts";
import { type ConfigLocations, loadConfigFiles } from "./load.ts";
import { mergeSettings } from "./merge.ts";
import { readEnvironment, readFlags } from "./sources.ts";

interface Situation extends Partial<ConfigLocations> {
  readonly files: Readonly<Record<string, string>>;
}

function locations({ files, ...others }: Situation): ConfigLocations {
  return {
    env: {},
    cwd: "/project",
    home: "/home/me",
    readFile: (path) => (files[path] === undefined ? undefined : Buffer.from(files[path])),
    ...others,
  };
}

describe("loadConfigFiles", () => {
  it("reads the three places, nearest first, and each only once", async () => {
    const asked: string[] = [];
    const layers = await loadConfigFiles({
      ...locations({ files: {}, env: { CONFIGMANAGER_DIR: "sub" } }),
      readFile: (path) => {
        asked.push(path);
        return undefined;
      },
    });
    expect(layers).toEqual([]);
    expect(asked).toEqual([
      "/project/sub/.configmanager/config.yaml",
      "/project/.configmanager/config.yaml",
      "/home/me/.configmanager/config.yaml",
    ]);
  });

  it("reads the home folder's file once when that is the working directory", async () => {
    const files = { "/home/me/.configmanager/config.yaml": "oops: 1" };
    const layers = await loadConfigFiles(locations({ files, cwd: "/home/me" }));
    expect(layers.map(({ errors }) => errors.length)).toEqual([1]);
  });

  it("counts a store's path from the folder that holds .configmanager", async () => {
    const files = { "/home/me/.configmanager/config.yaml": "stores: { A: { path: bin/a } }" };
    const [layer] = await loadConfigFiles(locations({ files }));
    expect(layer?.stores.get("A")?.store.path).toBe("/home/me/bin/a");
  });

  it("reads the file of --config alone, and counts paths from its folder", async () => {
    const files = {
      "/project/.configmanager/config.yaml": "lax: true",
      "/project/ci/other.yaml": "stores: { A: { path: bin/a } }",
    };
    const layers = await loadConfigFiles(locations({ files, configFile: "ci/other.yaml" }));
    expect(layers).toHaveLength(1);
    expect(layers[0]?.stores.get("A")?.store.path).toBe("/project/ci/bin/a");
  });

  it("rejects with CM_CONFIG_NOT_FOUND when the file of --config is missing", async () => {
    const error: unknown = await loadConfigFiles(locations({ files: {}, configFile: "no.yaml" })).catch(
      (thrown) => thrown,
    );
    expect(isConfigManagerError(error) && [error.code, error.message]).toEqual([
      "CM_CONFIG_NOT_FOUND",
      'the configuration file "no.yaml" is not there',
    ]);
  });

  it("names the near file as users would and the far ones in full", async () => {
    const files = { "/project/.configmanager/config.yaml": "a: 1", "/home/me/.configmanager/config.yaml": "b: 1" };
    const layers = await loadConfigFiles(locations({ files }));
    expect(layers.map(({ errors }) => errors[0]?.place?.file)).toEqual([
      ".configmanager/config.yaml",
      "/home/me/.configmanager/config.yaml",
    ]);
  });
});

describe("trust", () => {
  const set = { "/project/.configmanager/config.yaml": "lax: true\ntrust: off" };

  it("does not count in the configuration of a working directory", async () => {
    const [layer] = await loadConfigFiles(locations({ files: set }));
    expect(layer?.errors).toMatchObject([
      {
        code: "CM_CONFIG_INVALID",
        message: '"trust" does not count in the working directory',
        place: { file: ".configmanager/config.yaml", line: 2, column: 1 },
      },
    ]);
  });

  it.each([
    { name: "of the home folder", situation: { home: "/project" } },
    { name: "of the home folder, reached by a link", situation: { isSameFolder: () => true } },
    { name: "of CONFIGMANAGER_DIR", situation: { env: { CONFIGMANAGER_DIR: "/project" } } },
    { name: "that --config names", situation: { configFile: ".configmanager/config.yaml" } },
  ])("counts in the one $name", async ({ situation }) => {
    const layers = await loadConfigFiles(locations({ files: set, ...situation }));
    expect(mergeSettings(layers).settings.trust).toBe("off");
    expect(layers[0]?.values.get("trust")?.value).toBe("off");
  });
});

describe("mergeSettings", () => {
  it("takes flag over environment over near file over far file over default, setting by setting", async () => {
    const files = {
      "/project/.configmanager/config.yaml":
        "concurrency: 3\ntimeout: 3s\nrunTimeout: 3s\nstores: { A: { timeout: 3s }, N: {} }",
      "/home/me/.configmanager/config.yaml":
        "concurrency: 4\ntimeout: 4s\nrunTimeout: 4s\npluginStartTimeout: 4s\nstores: { A: { env: { X: y } }, F: {} }",
    };
    const { settings, originOf, stores } = mergeSettings([
      readFlags({ concurrency: "1" }),
      readEnvironment({ CONFIGMANAGER_CONCURRENCY: "2", CONFIGMANAGER_TIMEOUT: "2s" }),
      ...(await loadConfigFiles(locations({ files }))),
    ]);
    expect(settings).toMatchObject({
      concurrency: 1,
      timeoutMs: 2000,
      runTimeoutMs: 3000,
      pluginStartTimeoutMs: 4000,
      mtls: "auto",
    });
    expect(Object.fromEntries(settings.stores)).toEqual({ A: { timeoutMs: 3000 }, N: {}, F: {} });
    expect(originOf("concurrency")).toEqual({ kind: "flag", flag: "--concurrency" });
    expect(originOf("timeoutMs")).toEqual({ kind: "environment", variable: "CONFIGMANAGER_TIMEOUT" });
    expect(originOf("runTimeoutMs")).toMatchObject({
      kind: "file",
      place: { file: ".configmanager/config.yaml", line: 3 },
    });
    expect(originOf("mtls")).toEqual({ kind: "default" });
    expect(stores.get("F")?.place.file).toBe("/home/me/.configmanager/config.yaml");
  });

  it("lets a nearer list of patterns replace a farther one, an empty one included", async () => {
    const files = {
      "/project/.configmanager/config.yaml": "allow: []",
      "/home/me/.configmanager/config.yaml": "allow: ['FILE://**']",
    };
    const layers = await loadConfigFiles(locations({ files }));
    expect(mergeSettings(layers).settings.allow).toEqual([]);
    expect(mergeSettings([readFlags({ allow: ["ENV://*"] }), ...layers]).settings.allow).toEqual(["ENV://*"]);
  });

  it("throws the errors of every source in one report", async () => {
    const files = { "/project/.configmanager/config.yaml": "a: 1", "/home/me/.configmanager/config.yaml": "b: 1" };
    const layers = await loadConfigFiles(locations({ files }));
    expect(() =>
      mergeSettings([readFlags({ mtls: "x" }), readEnvironment({ CONFIGMANAGER_LAX: "x" }), ...layers]),
    ).toThrow(/^4 errors, the first: "x" of --mtls/);
  });
});
