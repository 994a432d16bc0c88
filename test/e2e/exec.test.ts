import { constants, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { installPlugin, processesIn, run, workFolder } from "./program.ts";
import { exec, secret, talk } from "./talk.ts";

const node = process.execPath;
const isLinux = process.platform === "linux";

describe("the end of a command is that of exec", () => {
  it.each([0, 1, 7, 126, 130, 255])("with exit code %d", async (code) => {
    expect((await run(["exec", "--", "sh", "-c", `exit ${code}`], { cwd: workFolder() })).exitCode).toBe(code);
  });

  it.each([
    { signal: "TERM", exitCode: 143 },
    { signal: "KILL", exitCode: 137 },
    { signal: "SEGV", exitCode: 139 },
  ])("with 128 + N for SIG$signal", async ({ signal, exitCode }) => {
    const result = await run(["exec", "--", "sh", "-c", `kill -${signal} $$`], { cwd: workFolder() });
    expect(result).toMatchObject({ exitCode, signal: null, stderr: "" });
  });

  it("with 141 when nobody reads its output any more", async () => {
    const { prints, stopReading, exitCode } = talk(exec("-t", "A=ENV://SECRET", "--", "yes"), workFolder());
    await prints("y\n");
    stopReading();
    expect(await exitCode).toBe(141);
  });
});

describe("a file that is no program for this machine", () => {
  const elf = Buffer.alloc(64);
  elf.write("\x7fELF\x02\x01\x01", "latin1");
  elf.writeUInt16LE(0xf3, 18);
  it.each([
    { name: "of another machine", content: elf, message: "is a program for riscv64, and this machine is " },
    { name: "that is data", content: Buffer.from("data\0"), message: "is no program" },
    {
      name: "whose interpreter is not there",
      content: Buffer.from("#!/no/such\n"),
      message: "cannot be run: the interpreter",
    },
  ])("$name is refused", async ({ content, message }) => {
    const cwd = workFolder();
    writeFileSync(join(cwd, "command"), content, { mode: 0o755 });
    const { exitCode, stderr } = await run(["exec", "--", "./command"], { cwd });
    expect(exitCode).toBe(126);
    expect(stderr).toContain(`error CM_COMMAND_NOT_EXECUTABLE: the command "./command" ${message}`);
  });
});

describe("signals", () => {
  const onSignal = (signal: string): string =>
    `process.on("${signal}", () => { console.log("got it"); process.exit(42); }); console.log("ready"); setInterval(() => {}, 1e9);`;

  it.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH"] as const)(
    "%s is handed on, and the command decides what it means",
    async (signal) => {
      const session = talk(exec("--", node, "-e", onSignal(signal)), workFolder());
      await session.prints("ready");
      session.signal(signal);
      expect(await session.exitCode).toBe(42);
      expect(session.stdout()).toContain("got it");
    },
  );

  it("before the command starts they end the run, and nothing is run", async () => {
    const cwd = workFolder();
    writeFileSync(join(cwd, "plugin.sh"), "#!/bin/sh\necho $$ > started\nexec sleep 60\n");
    installPlugin(cwd, "slow", join(cwd, "plugin.sh"));
    const session = talk(exec("-q", "--plugin-start-timeout", "60s", "-t", "A=SLOW://x", "--", "touch", "run"), cwd);
    await vi.waitFor(() => expect(existsSync(join(cwd, "started"))).toBe(true), { timeout: 10_000 });
    session.signal("SIGTERM");
    expect(await session.exitCode).toBe(143);
    expect(existsSync(join(cwd, "run"))).toBe(false);
    await vi.waitFor(() => expect(processesIn(cwd)).toEqual([]), { timeout: 3000 });
  });
});

describe("masks", () => {
  it("hold over the borders of chunks, and hold nothing else up", async () => {
    const [head, tail] = [secret.slice(0, 9), secret.slice(9)];
    const script = `process.stdin.setEncoding("utf8").once("data", () => { console.log(${JSON.stringify(tail)} + "!"); process.exit(); });
      process.stdout.write("Password: " + ${JSON.stringify(head)});`;
    const session = talk(exec("-t", "A=ENV://SECRET", "--", node, "-e", script), workFolder());
    await session.prints("Password: ");
    expect(session.stdout()).toBe("Password: ");
    session.write("x\n");
    expect(await session.exitCode).toBe(0);
    expect(session.stdout()).toBe("Password: ***!\n");
  });

  it("are on both streams, each by itself", async () => {
    const { stdout, stderr } = await run(
      ["exec", "-t", "A=ENV://SECRET", "--", "sh", "-c", 'echo "$A"; echo "$A" >&2'],
      {
        cwd: workFolder(),
        env: { SECRET: secret },
      },
    );
    expect([stdout.toString(), stderr]).toEqual(["***\n", "***\n"]);
  });

  it("are off with --no-mask, and the command has our own streams", async () => {
    const cwd = workFolder();
    const command = [
      "-t",
      "A=ENV://SECRET",
      "--no-mask",
      "--",
      "sh",
      "-c",
      'echo "$A"; readlink /proc/self/fd/1 /proc/$PPID/fd/1',
    ];
    const { stdout } = await run(["exec", ...command], { cwd, env: { SECRET: secret } });
    const [value, ...streams] = stdout.toString().trim().split("\n");
    expect(value).toBe(secret);
    if (isLinux) expect(streams[0]).toBe(streams[1]);
  });

  it.skipIf(!isLinux)("leave streams that wait for their reader, also behind a warning of our own", async () => {
    const command = ["-t", "A=ENV://EMPTY", "--no-mask", "--", "grep", "flags:", "/proc/self/fdinfo/2"];
    const { stdout, stderr } = await run(["exec", ...command], { cwd: workFolder(), env: { EMPTY: "" } });
    expect(stderr).toContain('the value of "ENV://EMPTY" is empty');
    const flags = Number.parseInt(/flags:\s*(\d+)/.exec(stdout.toString())?.[1] ?? "", 8);
    expect(flags & constants.O_NONBLOCK).toBe(0);
  });

  it("leave the command pipes, which it can open by their names", async () => {
    const command = 'echo "out $A" > /dev/stdout; echo "err $A" > /dev/stderr';
    const { stdout, stderr } = await run(["exec", "-t", "A=ENV://SECRET", "--", "sh", "-c", command], {
      cwd: workFolder(),
      env: { SECRET: secret },
    });
    expect([stdout.toString(), stderr]).toEqual(["out ***\n", "err ***\n"]);
  });

  it("lose nothing of a large output, at any speed of its reader", async () => {
    const script = "for (let i = 0; i < 200000; i++) process.stdout.write(`line ${i} of many ${process.env.A}\\n`)";
    const { stdout } = await run(["exec", "-t", "A=ENV://SECRET", "--", node, "-e", script], {
      cwd: workFolder(),
      env: { SECRET: secret },
    });
    expect(stdout.toString()).toBe(
      Array.from({ length: 200_000 }, (_, index) => `line ${index} of many ***\n`).join(""),
    );
  });
});

describe("before the command starts", () => {
  it("plugins have ended, and no value is on disk", async () => {
    const cwd = workFolder();
    const script = `const fs = require("fs"); const path = require("path");
      const children = fs.readdirSync("/proc").filter((id) => /^\\d+$/.test(id)).filter((id) => {
        try { const s = fs.readFileSync("/proc/" + id + "/stat", "utf8"); return s.slice(s.lastIndexOf(")") + 2).split(" ")[1] === String(process.ppid); } catch { return false; }
      });
      const files = fs.readdirSync(${JSON.stringify(cwd)}, { recursive: true }).map((f) => path.join(${JSON.stringify(cwd)}, f));
      const holding = files.filter((f) => fs.statSync(f).isFile() && fs.readFileSync(f).includes(process.env.A));
      console.log(JSON.stringify({ others: children.filter((id) => id !== String(process.pid)), holding, tmp: fs.readdirSync("tmp") }));`;
    const { stdout, stderr } = await run(["exec", "-t", "A=ENV://SECRET", "--", node, "-e", script], {
      cwd,
      env: { SECRET: secret },
    });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout.toString())).toEqual({ others: [], holding: [], tmp: [] });
  });
});

it("values reach variables exactly, whatever the .env file's syntax makes of them", async () => {
  const cwd = workFolder();
  const value = 'it\'s "x" # y\\n $HOME\n`z`=';
  writeFileSync(join(cwd, "value"), value);
  writeFileSync(
    join(cwd, "f.env"),
    "A=FILE://value#c\nexport B='FILE://value' # c\nC=\"<FILE://value\\n>\"\nD=FILE://value\nD=`x`",
  );
  const script = "console.log(JSON.stringify(['A','B','C','D'].map((name) => process.env[name])))";
  const { stdout } = await run(["exec", "--no-mask", "--env-file", "f.env", "--", node, "-e", script], { cwd });
  expect(JSON.parse(stdout.toString())).toEqual([value, value, `<${value}\n>`, "x"]);
});

it("a value that is no text is refused, naming its variable", async () => {
  const cwd = workFolder();
  writeFileSync(join(cwd, "value"), Buffer.from([0xff, 0xfe, 0xfd, 0xfc]));
  const { exitCode, stderr } = await run(["exec", "-t", "KEY=FILE://value", "--", "env"], { cwd });
  expect(exitCode).toBe(4);
  expect(stderr).toContain('error CM_VALUE_INVALID: the value for "KEY" is not valid UTF-8');
});

it("-E is not looked at by Node, which would take --env-file for its own", async () => {
  const cwd = workFolder();
  const { exitCode, stderr } = await run(["exec", "-E", "missing.env", "--", "true"], { cwd });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^error CM_INPUT_UNREADABLE: "missing\.env" is not there\n/);
});
