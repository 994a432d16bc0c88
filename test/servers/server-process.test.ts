import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it, onTestFinished } from "vitest";
import { isAlive, untilGone } from "../helpers/processes.ts";
import { startServerProcess } from "./server-process.ts";

const node = (script: string): string[] => [process.execPath, "-e", script];
/** Says its process id and stays, whatever it is asked. */
const stays = "process.on('SIGTERM', () => {}); console.log('ready as ' + process.pid); setInterval(() => {}, 1000)";

const gone = (pid: number): Promise<void> => untilGone(() => (isAlive(pid) ? [lone(pid)] : []));
const lone = (pid: number) => ({ pid, groupId: 0, parentId: 0, command: "the server" });

describe("a server process", () => {
  it("is ready when it says so, and gone when it is closed", async () => {
    const server = await startServerProcess({ command: node(stays), ready: /ready as (\d+)/ });
    const pid = Number(server.found[1]);
    expect(isAlive(pid)).toBe(true);
    await server.close();
    await gone(pid);
  });

  it("sees what it is given of the environment, and nothing of the test's own", async () => {
    process.env["OF_THE_TEST"] = "1";
    onTestFinished(() => void delete process.env["OF_THE_TEST"]);
    const script =
      "console.log('has ' + process.env.GIVEN + ' ' + process.env.OF_THE_TEST); setInterval(() => {}, 1000)";
    const server = await startServerProcess({ command: node(script), env: { GIVEN: "2" }, ready: /has (.*)/ });
    await server.close();
    expect(server.found[1]).toBe("2 undefined");
  });

  it("that exits before it is ready is an error with what it printed", async () => {
    const start = startServerProcess({ command: node("console.error('no port'); process.exit(3)"), ready: /ready/ });
    await expect(start).rejects.toThrow(/exited with code 3 before it was ready; it printed:\nno port/);
  });

  it("that is not there is an error", async () => {
    const start = startServerProcess({ command: ["no-such-program"], ready: /ready/ });
    await expect(start).rejects.toThrow(/exited with code 127 .*\n.*no-such-program/);
  });

  it("that is not ready in time is an error and does not stay", async () => {
    const start = startServerProcess({ command: node(stays), ready: /never printed/, limitMs: 500 });
    const error: unknown = await start.catch((reason: unknown) => reason);
    expect(String(error)).toContain("was not ready within 500 ms");
    const pid = /ready as (\d+)/.exec(String(error))?.[1];
    if (pid !== undefined) await gone(Number(pid));
  });

  it.skipIf(process.platform === "win32")("does not outlive a test process that is killed", async () => {
    const guard = join(import.meta.dirname, "guard.cjs");
    const command = JSON.stringify([guard, ...node(stays)]);
    const script = `require("node:child_process").spawn(process.execPath, ${command}, { stdio: ["pipe", "inherit", "inherit"] })`;
    const test = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(test.stdout, "data")) as [Buffer];
    const pid = Number(/ready as (\d+)/.exec(line.toString())?.[1]);
    expect(isAlive(pid)).toBe(true);
    test.kill("SIGKILL");
    await gone(pid);
  });
});
