import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { isAlive } from "../helpers/processes.ts";
import { program, workFolder } from "./program.ts";
import { secret, type Session, talk } from "./talk.ts";

const node = process.execPath;
const quoted = `"${program.join('" "')}"`;
const isLinux = process.platform === "linux";
const terminal = existsSync("/usr/bin/script") && isLinux;
if (!terminal) console.warn("there is no /usr/bin/script of util-linux: what exec does on a terminal is NOT TESTED");

describe.skipIf(!terminal)("on a terminal", () => {
  const onTerminal = (command: string, cwd: string): Session =>
    talk(["/usr/bin/script", "-qec", command, "/dev/null"], cwd, { NODE: node, SHELL: "/bin/sh" });

  it.each(["", "--no-mask"])("the command keeps it (%s)", async (flag) => {
    const session = onTerminal(
      `${quoted} exec -q ${flag} -t A=ENV://SECRET -- sh -c 'test -t 0 && test -t 1 && test -t 2 && echo "$A"'`,
      workFolder(),
    );
    expect(await session.exitCode).toBe(0);
    expect(session.stdout()).toBe(`${secret}\r\n`);
  });

  it("SIGTSTP stops it and the command, SIGCONT lets both go on", async () => {
    const cwd = workFolder();
    writeFileSync(
      join(cwd, "command.cjs"),
      'process.on("SIGCONT", () => process.exit(3)); console.log(`command ${process.pid}.`); setInterval(() => {}, 1e9);',
    );
    // A job of a shell: what nobody could let go on does not stop.
    const job = `set -m; ${quoted} exec -- "$NODE" command.cjs & echo "exec $!."; read line`;
    const session = onTerminal(job, cwd);
    await session.prints("exec ");
    await session.prints("command ");
    const [us, command] = ["exec", "command"].map((name) =>
      Number(new RegExp(`${name} (\\d+)\\.`).exec(session.stdout())?.[1]),
    );
    process.kill(us!, "SIGTSTP");
    await vi.waitFor(() => expect([us, command].map((pid) => stateOf(pid!))).toEqual(["T", "T"]), { timeout: 5000 });
    process.kill(us!, "SIGCONT");
    await vi.waitFor(() => expect([us, command].map((pid) => isAlive(pid!))).toEqual([false, false]), {
      timeout: 5000,
    });
    session.write("\n");
    expect(await session.exitCode).toBe(0);
  });

  it("what goes elsewhere is masked all the same", async () => {
    const cwd = workFolder();
    const session = onTerminal(`${quoted} exec -t A=ENV://SECRET -- sh -c 'test -t 0; echo "$?$A"' > out`, cwd);
    expect(await session.exitCode).toBe(0);
    expect(readFileSync(join(cwd, "out"), "utf8")).toBe("0***\n");
  });

  it("an interrupt comes to the command once, and it decides what it means", async () => {
    const script = `let count = 0; process.on("SIGINT", () => { count++; console.log("count " + count); });
      process.stdin.once("data", () => setTimeout(() => { console.log("in all " + count); process.exit(9); }, 300)); console.log("ready");`;
    const cwd = workFolder();
    writeFileSync(join(cwd, "command.cjs"), script);
    const session = onTerminal(`exec ${quoted} exec -- "$NODE" command.cjs`, cwd);
    await session.prints("ready");
    session.write("\x03");
    await session.prints("count 1");
    session.write("x\n");
    expect(await session.exitCode).toBe(9);
    expect(session.stdout()).toContain("in all 1");
  });
});

function stateOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[0];
}
