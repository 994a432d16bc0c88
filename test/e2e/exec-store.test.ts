import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Finished, processesIn, run, start, workFolder } from "./program.ts";

const secret = "s3cr3t-value-of-a-command";

/** A folder with a configuration, and a program `vaultlike` that knows one secret and says what it was asked for. */
function commandFolder(options: unknown): string {
  const cwd = workFolder();
  mkdirSync(join(cwd, ".configmanager"));
  writeFileSync(join(cwd, ".configmanager", "config.yaml"), JSON.stringify({ stores: { EXEC: { options } } }));
  mkdirSync(join(cwd, "bin"));
  const body = `#!${process.execPath}
    const [verb, name] = process.argv.slice(2);
    require("node:fs").appendFileSync("asked", verb + " " + JSON.stringify(name) + "\\n");
    if (verb === "hang") setInterval(() => {}, 1000);
    else if (name === "app/db") console.log(JSON.stringify({ password: "${secret}", port: 1.10 }));
    else if (name === "app/broken") { console.log("${secret}"); console.error("\\u001b[31mcannot open\\u001b[0m"); process.exit(9); }
    else { console.error("no such entry"); process.exit(4); }`;
  writeFileSync(join(cwd, "bin", "vaultlike"), body, { mode: 0o755 });
  return cwd;
}

const commands = {
  vl: { command: ["vaultlike", "read", "{1}"], notFoundExitCodes: [4] },
  hang: { command: ["vaultlike", "hang"] },
};

function render(cwd: string, text: string, ...flags: string[]): Promise<Finished> {
  return run(["render", "-", ...flags], { cwd, stdin: text, env: { PATH: join(cwd, "bin") } });
}

const asked = (cwd: string): boolean => readdirSync(cwd).includes("asked");

describe("EXEC in a run", () => {
  it("puts what a command of the configuration prints into a file, by key path too", async () => {
    const cwd = commandFolder({ commands });
    const { stdout, stderr, exitCode } = await render(
      cwd,
      "a=EXEC://vl/app/db|password\nb=EXEC://vl/none[default=x]\nc=EXEC://vl/app/db|port\n",
    );
    expect([stderr, stdout.toString(), exitCode]).toEqual(["", `a=${secret}\nb=x\nc=1.1\n`, 0]);
  });

  it("reports a command that fails, escaped and without what it printed", async () => {
    const cwd = commandFolder({ commands });
    const { stdout, stderr, exitCode } = await render(cwd, "EXEC://vl/app/broken\nEXEC://vl/none\n", "-v");
    expect([stdout.length, exitCode]).toEqual([0, 6]);
    expect(stderr).toContain('command "vl" ended with exit code 9: cannot open\n');
    expect(stderr).toContain("CM_STORE_NOT_FOUND");
    expect(stderr).not.toContain(secret);
  });

  it.each([
    { name: "what is no command", token: "EXEC://sh/-c" },
    { name: "a program that is no command", token: "EXEC://vaultlike/app/db" },
    { name: "a way to a program", token: "EXEC://../bin/vaultlike" },
    { name: "an option", token: "EXEC://vl/--help" },
    { name: "a way out", token: "EXEC://vl/../app/db" },
    { name: "an absolute path", token: "EXEC://vl//etc/passwd" },
    { name: "a megabyte", token: `EXEC://vl/${"x".repeat(1_000_000)}` },
    { name: "no argument", token: "EXEC://vl" },
  ])("runs nothing for a stranger's $name", async ({ token }) => {
    const cwd = commandFolder({ commands });
    const { stdout, stderr, exitCode } = await render(cwd, `a: ${token}\n`);
    expect([stdout.length, exitCode]).toEqual([0, 6]);
    expect(stderr).toContain("CM_STORE_BAD_REQUEST");
    expect(asked(cwd)).toBe(false);
  });

  it("asks a command for what looks like shell code, and no shell runs it", async () => {
    const cwd = commandFolder({ commands });
    const token = "EXEC://vl/$%28touch%20pwned%29%60touch%20pwned%60%26touch%20pwned|x[default=x]";
    expect((await render(cwd, `${token}\n`)).exitCode).toBe(0);
    expect(readFileSync(join(cwd, "asked"), "utf8")).toBe('read "$(touch pwned)`touch pwned`&touch pwned"\n');
    expect(readdirSync(cwd)).not.toContain("pwned");
  });

  it("says what to configure, and runs nothing before", async () => {
    const cwd = commandFolder({});
    const { stderr, exitCode } = await render(cwd, "EXEC://vl/app/db");
    expect(exitCode).toBe(6);
    expect(stderr).toContain('option "commands" is not set');
    expect(stderr).toContain("hint: set stores.EXEC.options.commands in the configuration");
    expect(asked(cwd)).toBe(false);
  });

  it("refuses a wrong configuration with the command and the key", async () => {
    const cwd = commandFolder({ commands: { ...commands, op: { command: ["op"], tiemout: "1s" } } });
    const { stderr, exitCode } = await render(cwd, "EXEC://vl/app/db");
    expect(exitCode).toBe(2);
    expect(stderr).toContain('command "op": key "tiemout" is not known\n');
    expect(stderr).toContain('hint: did you mean "timeout"?\n');
    expect(asked(cwd)).toBe(false);
  });

  it("leaves no command behind when it is interrupted", async () => {
    const cwd = commandFolder({ commands });
    const running = start(["render", "-"], { cwd, stdin: "EXEC://hang", env: { PATH: join(cwd, "bin") } });
    while (!asked(cwd)) await new Promise((resolve) => setTimeout(resolve, 20));
    running.child.kill("SIGINT");
    expect((await running.finished).exitCode).toBe(130);
    expect(processesIn(cwd)).toEqual([]);
  });
});
