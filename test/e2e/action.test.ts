import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type ActionResult, readAction, runAction } from "../helpers/composite-action.ts";
import { type ReleaseServer, releaseOf, serveRelease } from "../helpers/release-server.ts";
import { root } from "../helpers/source-files.ts";
import { program } from "./program.ts";

const action = readAction(root);
const systems = ["linux-amd64", "linux-arm64", "linux-amd64-musl", "linux-arm64-musl", "darwin-amd64", "darwin-arm64"];

describe("action.yml", () => {
  it("puts no expression into the text of a shell", () => {
    expect(action.runs.steps.filter(({ run }) => run.includes("${{"))).toEqual([]);
  });

  it("uses each input that it has, and has each that it uses", () => {
    const text = JSON.stringify(action.runs.steps);
    const used = [...text.matchAll(/inputs\.([\w-]+)/g)].map((match) => match[1]);
    expect(new Set(used)).toEqual(new Set(Object.keys(action.inputs)));
  });

  it("runs scripts that are there", () => {
    const scripts = action.runs.steps.map(({ run }) => /\$GITHUB_ACTION_PATH\/([\w./-]+)/.exec(run)?.[1] ?? "none");
    expect(scripts.filter((script) => !existsSync(join(root, script)))).toEqual([]);
  });
});

describe.skipIf(process.platform === "win32")("the action", () => {
  it("installs, puts the program into PATH, and renders with the values masked", async () => {
    const use = await createUse();
    writeFileSync(join(use.workspace, "app.yaml"), "password: ENV://DB_PASSWORD\n");
    const result = await use.run({ files: "app.yaml", output: "out.yaml" });
    expect(result.log).toContain("::add-mask::hunter2-hunter2");
    expect(result.log.replaceAll(/^::add-mask::.*$/gm, "")).not.toContain("hunter2");
    expect(readFileSync(join(use.workspace, "out.yaml"), "utf8")).toBe("password: hunter2-hunter2\n");
    expect(result.exitCode).toBe(0);
    expect(result.outputs).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
      path: join(result.path[0]!, "configmanager"),
    });
  });

  it("renders several files, with arguments and names that a shell would take apart", async () => {
    const use = await createUse();
    mkdirSync(join(use.workspace, "deploy"));
    writeFileSync(join(use.workspace, "deploy", "a b.yaml"), "a: OTHER://DB_PASSWORD\n");
    writeFileSync(join(use.workspace, "deploy", "$(touch x).yaml"), "b: ENV://DB_PASSWORD\n");
    const files = "  deploy/a b.yaml\r\n\n  deploy/$(touch x).yaml\n";
    const { exitCode, log } = await use.run({
      "working-directory": ".",
      files,
      "out-dir": "out; touch y",
      args: "--escape=yaml\n--lax-all",
    });
    expect([exitCode, log]).toEqual([0, expect.stringContaining("add-mask")]);
    expect(readFileSync(join(use.workspace, "out; touch y", "$(touch x).yaml"), "utf8")).toBe("b: hunter2-hunter2\n");
    expect(["x", "y"].filter((name) => existsSync(join(use.workspace, name)))).toEqual([]);
  });

  it("renders in place below another folder", async () => {
    const use = await createUse();
    mkdirSync(join(use.workspace, "sub"));
    writeFileSync(join(use.workspace, "sub", "a.txt"), "ENV://DB_PASSWORD");
    await use.run({ "working-directory": "sub", files: "*.txt", "in-place": "true" });
    expect(readFileSync(join(use.workspace, "sub", "a.txt"), "utf8")).toBe("hunter2-hunter2");
  });

  it("only installs when there are no files", async () => {
    const use = await createUse();
    const { exitCode, path } = await use.run({});
    expect(exitCode).toBe(0);
    expect(existsSync(join(path[0]!, "configmanager"))).toBe(true);
  });

  it("fails with the program's own message and exit code", async () => {
    const use = await createUse();
    writeFileSync(join(use.workspace, "a.txt"), "ENV://NOT_THERE");
    const { exitCode, log } = await use.run({ files: "a.txt", output: "out.txt" });
    expect([exitCode, log]).toEqual([4, expect.stringContaining("NOT_THERE")]);
    expect(existsSync(join(use.workspace, "out.txt"))).toBe(false);
  });

  it.each([
    ["nowhere to write to", {}],
    ["two places to write to", { output: "a", "out-dir": "b" }],
    ["a word that is neither true nor false", { "in-place": "yes" }],
  ])("refuses %s before anything is resolved", async (_title, inputs) => {
    const use = await createUse();
    writeFileSync(join(use.workspace, "a.txt"), "ENV://DB_PASSWORD");
    const { exitCode, log } = await use.run({ files: "a.txt", ...inputs });
    expect([exitCode, log]).toEqual([1, expect.stringContaining("::error::")]);
    expect(log).not.toContain("hunter2");
  });

  it.each([
    ["the version that is asked for", { version: "1.2.3" }, {}, "/releases/download/v1.2.3/SHA256SUMS"],
    ["the version it is used at", {}, { action_ref: "v1.2.3" }, "/releases/download/v1.2.3/SHA256SUMS"],
    ["the latest when it is used at a branch", {}, { action_ref: "main" }, "/releases/latest/download/SHA256SUMS"],
  ])("installs %s", async (_title, inputs, github, expected) => {
    const use = await createUse();
    await use.run(inputs, github);
    expect(use.server.asked[0]).toBe(expected);
  });

  it("takes the releases of its own repository unless told where they are", async () => {
    const use = await createUse();
    const { base } = use.server;
    const server = { GITHUB_SERVER_URL: base.replace(/\/releases$/, "") };
    const github = { action_repository: "owner/name" };
    await use.run({ "base-url": "" }, github, server);
    expect(use.server.asked[0]).toBe("/owner/name/releases/latest/download/SHA256SUMS");
    expect((await use.run({ "base-url": "" })).log).toContain("::error::it is not known where the releases are");
  });

  it("installs nothing whose checksum is another", async () => {
    const use = await createUse(
      new Map(systems.map((system) => [`configmanager-${system}`, "#!/bin/sh\necho evil\n"])),
    );
    const { exitCode, log, path } = await use.run({});
    expect([exitCode, path, log]).toEqual([1, [], expect.stringContaining("not what the release says")]);
  });

  it.each([
    ["auto", false, []],
    ["auto", true, ["plugin install --locked"]],
    ["false", true, []],
    ["true", false, ["plugin install --locked"]],
  ])("with plugins: %s and a lock that is there: %s, calls %j", async (plugins, hasLock, calls) => {
    const use = await createUse(
      undefined,
      '#!/bin/sh\n[ "$1" = --version ] && echo 1.2.3 && exit\necho "called: $*"\n',
    );
    if (hasLock) {
      mkdirSync(join(use.workspace, ".configmanager"));
      writeFileSync(join(use.workspace, ".configmanager", "plugins.lock.json"), "{}");
    }
    const { log } = await use.run({ plugins });
    expect([...log.matchAll(/^called: (.*)$/gm)].map((match) => match[1])).toEqual(calls);
  });
});

interface Use {
  readonly server: ReleaseServer;
  readonly workspace: string;
  readonly run: (
    inputs: Readonly<Record<string, string>>,
    github?: Readonly<Record<string, string>>,
    env?: Readonly<Record<string, string>>,
  ) => Promise<ActionResult>;
}

/** A job and a release whose executables run the program under test. */
async function createUse(instead: ReadonlyMap<string, string> = new Map(), text = wrapper()): Promise<Use> {
  const folder = mkdtempSync(join(tmpdir(), "cm-action-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [job, workspace, home] = ["job", "workspace", "home"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const name of [job, workspace, home]) mkdirSync(name);
  const release = releaseOf(Object.fromEntries(systems.map((system) => [`configmanager-${system}`, text])));
  const server = await serveRelease(new Map([...release, ...instead]));
  const env = { PATH: process.env["PATH"] ?? "", HOME: home, DB_PASSWORD: "hunter2-hunter2" };
  return {
    server,
    workspace,
    run: (inputs, github = {}, more = {}) =>
      runAction({
        actionDir: root,
        job,
        workspace,
        inputs: { "base-url": server.base, ...inputs },
        github,
        env: { ...env, ...more },
      }),
  };
}

function wrapper(): string {
  return `#!/bin/sh\nexec ${program.map((word) => `'${word}'`).join(" ")} "$@"\n`;
}
