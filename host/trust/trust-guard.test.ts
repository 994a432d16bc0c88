import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BroughtStore } from "../../internal/config/brought-along.ts";
import { temporaryFolder } from "../../test/helpers/test-pool.ts";
import type { FoundPlugin, PluginOrigin } from "../discover.ts";
import type { HostContext } from "../host-context.ts";
import type { BroughtAlong } from "./brought-along.ts";
import { createTrustGuard, type TrustAnswer } from "./trust-guard.ts";
import { readTrusted, updateTrusted } from "./trust-record.ts";

const place = { file: ".configmanager/config.yaml", line: 3, column: 3, start: 30, end: 34 };
const sets = (...does: string[]): BroughtStore => ({ place, does });

interface Situation {
  readonly answer?: TrustAnswer | undefined;
  readonly stores?: Readonly<Record<string, BroughtStore>>;
  readonly cwd?: string;
  readonly home?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function situation({ answer, stores = {}, cwd = temporaryFolder(), home = temporaryFolder(), env = {} }: Situation) {
  const asked: BroughtAlong[] = [];
  const context: HostContext = {
    env,
    cwd,
    home,
    platform: "linux",
    arch: "x64",
    execPath: process.execPath,
    uid: process.getuid?.(),
    tempDir: "/tmp",
    shippedPluginsDir: undefined,
    onProcessExit: () => () => {},
    kill: () => {},
  };
  const guard = createTrustGuard({
    context,
    broughtAlong: new Map(Object.entries(stores)),
    askTrust: async (brought) => {
      asked.push(brought);
      return answer;
    },
  });
  const look = async (prefix: string, origin: PluginOrigin): Promise<unknown> => {
    const plugin: FoundPlugin = { prefix, origin, file: `/plugins/${prefix}`, isShipped: origin === "shipped" };
    return Promise.resolve(guard(plugin)).catch((error: unknown) => error);
  };
  return { context, asked, look, guard };
}

describe("the trust guard", () => {
  it.each<PluginOrigin>(["CONFIGMANAGER_DIR", "home folder", "shipped", "configuration"])(
    "asks nobody about a plugin of origin %s",
    async (origin) => {
      const { look, asked } = situation({ answer: "no" });
      expect([await look("A", origin), asked]).toEqual([undefined, []]);
    },
  );

  it("refuses a plugin of the working directory, and says what to type", async () => {
    const { look, context } = situation({ answer: "no" });
    expect(await look("A", "working directory")).toMatchObject({
      code: "CM_PLUGIN_UNTRUSTED",
      message: 'the plugin of "A", "/plugins/A", is brought along by a working directory that is not trusted',
      hint: `look at what it is, then write: configmanager plugin trust ${context.cwd}`,
    });
  });

  it("refuses where nobody can be asked", async () => {
    const { context } = situation({});
    const guard = createTrustGuard({ context, broughtAlong: new Map() });
    const plugin: FoundPlugin = { prefix: "A", origin: "working directory", file: "/a", isShipped: false };
    await expect(guard(plugin)).rejects.toMatchObject({ code: "CM_PLUGIN_UNTRUSTED" });
    expect(await situation({ answer: undefined }).look("A", "working directory")).toMatchObject({
      code: "CM_PLUGIN_UNTRUSTED",
    });
  });

  it.each<PluginOrigin>(["shipped", "home folder"])(
    "refuses to make a plugin of origin %s do what the working directory says",
    async (origin) => {
      const { look } = situation({ stores: { EXEC: sets("sets options commands", "sets env PATH") } });
      expect(await look("EXEC", origin)).toMatchObject({
        code: "CM_PLUGIN_UNTRUSTED",
        message: 'the working directory is not trusted, and its entry for "EXEC" sets options commands, sets env PATH',
        place,
      });
    },
  );

  it("refuses an executable that the working directory's configuration names", async () => {
    const { look } = situation({ stores: { A: { place, path: "/usr/bin/a", does: [] } } });
    expect(await look("A", "configuration")).toMatchObject({
      message: 'the plugin of "A", "/plugins/A", is brought along by a working directory that is not trusted',
      place,
    });
  });

  it("asks once, about all that the folder brings along, and heeds the answer for this run alone", async () => {
    const { look, asked, context } = situation({ answer: "once", stores: { ENV: sets("sets env A") } });
    const folder = join(context.cwd, ".configmanager", "plugins", "mine");
    mkdirSync(folder, { recursive: true });
    for (const name of ["mine-linux-amd64", "mine-darwin-arm64"]) writeFileSync(join(folder, name), "");
    const looks = [look("MINE", "working directory"), look("ENV", "shipped"), look("OTHER", "working directory")];
    expect(await Promise.all(looks)).toEqual([undefined, undefined, undefined]);
    expect(asked).toEqual([
      {
        folder: context.cwd,
        items: [
          { prefix: "ENV", what: "sets env A", where: ".configmanager/config.yaml:3" },
          { prefix: "MINE", what: "plugin", where: ".configmanager/plugins/mine/mine-linux-amd64" },
        ],
      },
    ]);
    expect([...readTrusted(context)]).toEqual([]);
  });

  it("puts on record what is always trusted, and asks no more", async () => {
    const first = situation({ answer: "always" });
    expect(await first.look("A", "working directory")).toBeUndefined();
    const { cwd, home } = first.context;
    const second = situation({ cwd, home: home! });
    expect([await second.look("A", "working directory"), second.asked]).toEqual([undefined, []]);
  });

  it("knows a folder by whatever link it is reached", async () => {
    const { context } = situation({});
    await updateTrusted(context, () => [context.cwd]);
    const link = join(temporaryFolder(), "link");
    symlinkSync(context.cwd, link);
    expect(await situation({ cwd: link, home: context.home! }).look("A", "working directory")).toBeUndefined();
  });

  it.each(["..", "below"])("does not trust %s of a folder that is", async (other) => {
    const { context } = situation({});
    await updateTrusted(context, () => [context.cwd]);
    mkdirSync(join(context.cwd, "below"));
    const { look } = situation({ cwd: join(context.cwd, other), home: context.home! });
    expect(await look("A", "working directory")).toMatchObject({ code: "CM_PLUGIN_UNTRUSTED" });
  });

  it("trusts the home folder and that of CONFIGMANAGER_DIR, reached by links too", async () => {
    const cwd = temporaryFolder();
    const link = join(temporaryFolder(), "link");
    symlinkSync(cwd, link);
    expect(await situation({ cwd, home: link }).look("A", "working directory")).toBeUndefined();
    const stores = { A: sets("sets env B") };
    expect(await situation({ cwd, stores, env: { CONFIGMANAGER_DIR: link } }).look("A", "shipped")).toBeUndefined();
  });

  it("says once what is wrong with the record", async () => {
    const { look, context } = situation({ answer: "once" });
    mkdirSync(join(context.home!, ".configmanager"));
    writeFileSync(join(context.home!, ".configmanager", "trusted.json"), "{}");
    chmodSync(join(context.home!, ".configmanager", "trusted.json"), 0o600);
    const error = await look("A", "working directory");
    expect(error).toMatchObject({ code: "CM_CONFIG_INVALID" });
    expect(await look("B", "working directory")).toBe(error);
  });

  it.each([
    { name: "it is; rm -rf $HOME", argument: (cwd: string) => ` '${cwd}'` },
    { name: "it's", argument: (cwd: string) => ` '${cwd.replace("'", String.raw`'\''`)}'` },
    { name: "a\u001b[2Jb", argument: () => "" },
  ])("gives a hint that a shell can be given, in the folder $name", async ({ name, argument }) => {
    const cwd = join(temporaryFolder(), name);
    mkdirSync(cwd);
    const error = await situation({ cwd }).look("A", "working directory");
    expect(error).toMatchObject({
      hint: `look at what it is, then write: configmanager plugin trust${argument(cwd)}`,
    });
  });
});
