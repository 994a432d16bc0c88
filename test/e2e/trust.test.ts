/** A checkout of somebody else's repository that wants to run programs, met by the built program in pipes and on a terminal. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { platformName } from "../../host/platform.ts";
import { buildTestPlugins } from "../helpers/build-once.ts";
import { installPlugin, program, run, workFolder } from "./program.ts";
import { type Session, talk } from "./talk.ts";

const isLinux = process.platform === "linux";
const terminal = existsSync("/usr/bin/script") && isLinux;
if (!terminal) console.warn("there is no /usr/bin/script of util-linux: questions on a terminal are NOT TESTED");

interface Checkout {
  readonly cwd: string;
  /** Whether something of the checkout has run. */
  readonly hasRun: () => boolean;
}

function write(file: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeFileSync(file, text);
  chmodSync(file, mode);
}

/** Each of its ways to run a program leaves a mark. */
function hostileCheckout(): Checkout {
  const cwd = workFolder();
  const mark = join(cwd, "has-run");
  const touch = `#!/bin/sh\n: > "${mark}"\n`;
  const plugin = join(cwd, ".configmanager", "plugins", "awssecrets");
  write(join(plugin, `awssecrets-${platformName(process.platform, process.arch)}`), touch, 0o755);
  write(join(cwd, "bin", "vault"), touch, 0o755);
  write(join(cwd, "preload.cjs"), `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "");`);
  const stores = {
    VAULT: { path: "bin/vault" },
    EXEC: { options: { commands: { touch: { command: [join(cwd, "bin", "vault")] } } } },
    // One for Node, one for the single-file executable.
    ENV: {
      env: {
        NODE_OPTIONS: `--require ${join(cwd, "preload.cjs")}`,
        BUN_OPTIONS: `--preload ${join(cwd, "preload.cjs")}`,
      },
    },
    QUIET: { plugin: "awssecrets" },
    BOTH: ["FILE", "VAULT"],
  };
  write(join(cwd, ".configmanager", "config.yaml"), JSON.stringify({ stores, trustPluginModes: true }));
  write(join(cwd, "home", ".configmanager", "config.yaml"), "trust: ask\n");
  return { cwd, hasRun: () => existsSync(mark) };
}

/** A checkout whose plugin is a good one. */
async function friendlyCheckout(): Promise<string> {
  const cwd = workFolder();
  installPlugin(cwd, "mine", (await buildTestPlugins()).file("probe"));
  write(join(cwd, "home", ".configmanager", "config.yaml"), "trust: ask\n");
  write(join(cwd, "in.txt"), "v=MINE://echo/x\n");
  return cwd;
}

describe("a checkout that is not trusted", () => {
  it.each(["AWSSECRETS://a", "VAULT://a", "EXEC://touch", "ENV://HOME", "QUIET://a", "BOTH://a"])(
    "runs nothing for %s, in a pipe",
    async (token) => {
      const { cwd, hasRun } = hostileCheckout();
      write(join(cwd, "in.txt"), token);
      const refused = await run(["render", "in.txt"], { cwd });
      expect([refused.exitCode, refused.stdout.toString()]).toEqual([7, ""]);
      expect(refused.stderr).toContain("error CM_PLUGIN_UNTRUSTED");
      expect(refused.stderr).toContain(`configmanager plugin trust ${cwd}`);
      expect(hasRun()).toBe(false);
      // What is refused would have run.
      await run(["render", "in.txt", "--trust", "off"], { cwd });
      expect(hasRun()).toBe(true);
    },
  );

  it("still lets run what it has no part in", async () => {
    const { cwd, hasRun } = hostileCheckout();
    write(join(cwd, "value.txt"), "good");
    write(join(cwd, "in.txt"), "FILE://value.txt");
    expect((await run(["render", "in.txt"], { cwd })).stdout.toString()).toBe("good");
    expect(hasRun()).toBe(false);
  });

  it("is used when it has been trusted, until it is no longer", async () => {
    const cwd = await friendlyCheckout();
    expect((await run(["render", "in.txt"], { cwd })).exitCode).toBe(7);
    expect((await run(["plugin", "trust"], { cwd })).exitCode).toBe(0);
    expect((await run(["render", "in.txt"], { cwd })).stdout.toString()).toBe("v=x\n");
    await run(["plugin", "trust", "--remove"], { cwd });
    expect((await run(["render", "in.txt"], { cwd })).exitCode).toBe(7);
  });
});

describe.skipIf(!terminal)("on a terminal", () => {
  const onTerminal = (command: string, cwd: string): Session =>
    talk(["/usr/bin/script", "-qec", `"${program.join('" "')}" ${command}`, "/dev/null"], cwd, {
      SHELL: "/bin/sh",
    });

  it("an answer counts for the run, and a command that is run gets the terminal", async () => {
    const cwd = await friendlyCheckout();
    const session = onTerminal(
      `exec --no-mask -t A=MINE://echo/x -- sh -c 'echo ready; read line; echo "$line of $A"'`,
      cwd,
    );
    await session.prints("Use it?");
    expect(session.stdout()).toContain("MINE  plugin  .configmanager/plugins/mine/mine-");
    session.write("y\n");
    await session.prints("ready");
    session.write("a line\n");
    await session.prints("a line of x");
    expect(await session.exitCode).toBe(0);
    expect(existsSync(join(cwd, "home", ".configmanager", "trusted.json"))).toBe(false);
  });

  it('"always" is put on record', async () => {
    const cwd = await friendlyCheckout();
    const session = onTerminal("render in.txt", cwd);
    await session.prints("Use it?");
    session.write("a\n");
    expect(await session.exitCode).toBe(0);
    expect(session.stdout()).toContain("v=x");
    expect(JSON.parse(readFileSync(join(cwd, "home", ".configmanager", "trusted.json"), "utf8"))).toEqual({
      version: 1,
      folders: [cwd],
    });
    expect((await run(["render", "in.txt"], { cwd })).exitCode).toBe(0);
  });

  it.each([
    { name: "no", typed: "n\n", exitCode: 7, code: "CM_PLUGIN_UNTRUSTED" },
    { name: "the end of the input", typed: "\u0004", exitCode: 7, code: "CM_PLUGIN_UNTRUSTED" },
    { name: "an interrupt", typed: "\u0003", exitCode: 130, code: "CM_CANCELED" },
  ])("$name is no trust", async ({ typed, exitCode, code }) => {
    const session = onTerminal("render in.txt", await friendlyCheckout());
    await session.prints("Use it?");
    session.write(typed);
    expect(await session.exitCode).toBe(exitCode);
    expect(session.stdout()).toContain(`error ${code}`);
    expect(session.stdout()).not.toContain("v=x");
  });

  it.each([
    { name: "the input is typed there", command: "render -", typed: "v=MINE://echo/x\n\u0004" },
    { name: "errors go elsewhere", command: "render in.txt 2> err.txt", typed: "" },
    { name: "the input is a pipe", command: "render in.txt < in.txt", typed: "" },
  ])("nobody is asked where $name", async ({ command, typed }) => {
    const cwd = await friendlyCheckout();
    const session = onTerminal(command, cwd);
    session.write(typed);
    expect(await session.exitCode).toBe(7);
    expect(session.stdout()).not.toContain("Use it?");
  });
});
