import { describe, expect, it } from "vitest";
import { storesBroughtAlong } from "./brought-along.ts";
import { loadConfigFiles } from "./load.ts";

interface Situation {
  readonly cwd?: string;
  readonly home?: string;
  readonly dir?: string;
  readonly configFile?: string;
}

/** What the configuration of /clone brings along, beside that of the home folder and of CONFIGMANAGER_DIR. */
async function broughtAlong(text: string, { cwd = "/clone", home = "", dir = "", configFile }: Situation = {}) {
  const files: Readonly<Record<string, string>> = {
    "/clone/.configmanager/config.yaml": text,
    "/home/me/.configmanager/config.yaml": home,
    "/chosen/.configmanager/config.yaml": dir,
  };
  const layers = await loadConfigFiles({
    env: { CONFIGMANAGER_DIR: "/chosen" },
    cwd,
    home: "/home/me",
    configFile,
    readFile: (path) => (files[path] === undefined ? undefined : Buffer.from(files[path])),
  });
  return Object.fromEntries(
    [...storesBroughtAlong(layers)].map(([prefix, { path, does }]) => [prefix, { path, does }]),
  );
}

describe("storesBroughtAlong", () => {
  it.each([
    { text: "stores: { A: { path: bin/a } }", expected: { A: { path: "/clone/bin/a", does: [] } } },
    {
      text: "stores: { A: { env: { NODE_OPTIONS: s3cret, PATH: x } } }",
      expected: { A: { does: ["sets env NODE_OPTIONS PATH"] } },
    },
    {
      text: "stores: { EXEC: { options: { commands: { a: {} } }, inheritEnv: [HOME] } }",
      expected: { EXEC: { does: ["sets inheritEnv HOME", "sets options commands"] } },
    },
    { text: "stores: { A: { plugin: env, metadata: { a: b }, timeout: 3s }, B: [ENV] }", expected: {} },
    { text: "lax: true", expected: {} },
  ])("$text", async ({ text, expected }) => {
    expect(await broughtAlong(text)).toEqual(expected);
  });

  it("knows an entry that takes the place of one's own, which may have been stricter", async () => {
    const home = "stores: { FILE: { options: { root: /safe } } }";
    expect(await broughtAlong("stores: { FILE: {} }", { home })).toEqual({
      FILE: { does: ["replaces your own entry"] },
    });
  });

  it("leaves out what a nearer place that the user has chosen says otherwise", async () => {
    expect(await broughtAlong("stores: { A: { path: a } }", { dir: "stores: { A: { path: b } }" })).toEqual({});
  });

  it.each([
    { name: "the home folder", situation: { cwd: "/home/me", home: "stores: { A: { path: a } }" } },
    { name: "CONFIGMANAGER_DIR", situation: { cwd: "/chosen", dir: "stores: { A: { path: a } }" } },
    { name: "--config", situation: { configFile: ".configmanager/config.yaml" } },
  ])("takes what is in $name for the user's own", async ({ situation }) => {
    expect(await broughtAlong("stores: { A: { path: a } }", situation)).toEqual({});
  });
});
