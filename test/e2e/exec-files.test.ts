import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { liveProcesses } from "../helpers/processes.ts";
import { run, workFolder } from "./program.ts";
import { exec, secret, type Session, talk } from "./talk.ts";

describe("--file", () => {
  const foldersIn = (runtime: string): string[] => {
    return existsSync(join(runtime, "configmanager")) ? readdirSync(join(runtime, "configmanager")) : [];
  };
  const prepare = (): { cwd: string; env: Record<string, string> } => {
    const cwd = workFolder();
    writeFileSync(join(cwd, "app.yaml.tmpl"), "password: ENV://SECRET\n");
    mkdirSync(join(cwd, "run"), { mode: 0o700 });
    return { cwd, env: { XDG_RUNTIME_DIR: join(cwd, "run"), SECRET: secret } };
  };

  it("renders a file for the command alone, which is gone behind it", async () => {
    const { cwd, env } = prepare();
    const command =
      'stat -c "%a %n" "$CONFIGMANAGER_FILES" "$CONFIGMANAGER_FILE" && cat "$CONFIGMANAGER_FILES/app.yaml" && cp "$CONFIGMANAGER_FILE" copy';
    const { exitCode, stdout } = await run(["exec", "--file", "app.yaml.tmpl", "--", "sh", "-c", command], {
      cwd,
      env,
    });
    expect(exitCode).toBe(0);
    const [folder, file, content] = stdout.toString().split("\n");
    expect(folder).toMatch(/^700 .*\/run\/configmanager\/[^/]+$/);
    expect(file).toMatch(/^600 .*\/app\.yaml$/);
    expect(content).toBe("password: ***");
    expect(readFileSync(join(cwd, "copy"), "utf8")).toBe(`password: ${secret}\n`);
    expect(readdirSync(join(cwd, "run"))).toEqual([]);
    expect(foldersIn(env["XDG_RUNTIME_DIR"]!)).toEqual([]);
  });

  it("puts several where they are wanted, in the temporary folder where the user has no runtime folder", async () => {
    const { cwd } = prepare();
    const files = ["--file", "app.yaml.tmpl:conf/a.yaml", "--file", "app.yaml.tmpl:b"];
    const command = 'cd "$CONFIGMANAGER_FILES" && find . -type f | sort; echo "${CONFIGMANAGER_FILE-none}"; pwd';
    const { stdout } = await run(["exec", ...files, "--", "sh", "-c", command], { cwd, env: { SECRET: secret } });
    const [first, second, only, folder] = stdout.toString().split("\n");
    expect([first, second, only]).toEqual(["./b", "./conf/a.yaml", "none"]);
    expect(folder).toContain(join(cwd, "tmp", `configmanager-${process.getuid?.()}`));
    expect(readdirSync(join(cwd, "tmp"))).toEqual([]);
  });

  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("is gone when %s ends the command", async (signal) => {
    const { cwd, env } = prepare();
    const session = talk(exec("--file", "app.yaml.tmpl", "--", "sh", "-c", "echo ready; exec sleep 60"), cwd, env);
    await session.prints("ready");
    expect(foldersIn(env["XDG_RUNTIME_DIR"]!)).toHaveLength(1);
    session.signal(signal);
    expect(await session.exitCode).toBeGreaterThan(128);
    expect(foldersIn(env["XDG_RUNTIME_DIR"]!)).toEqual([]);
  });

  it("of a run that was killed is swept by the next one, of one that lives is not", async () => {
    const { cwd, env } = prepare();
    const start = (): Session =>
      talk(exec("--file", "app.yaml.tmpl", "--", "sh", "-c", "echo ready; read line"), cwd, env);
    const [killed, living] = [start(), start()];
    await Promise.all([killed.prints("ready"), living.prints("ready")]);
    killed.signal("SIGKILL");
    await killed.exitCode;
    expect(foldersIn(env["XDG_RUNTIME_DIR"]!)).toHaveLength(2);
    expect((await run(["exec", "--", "true"], { cwd, env })).exitCode).toBe(0);
    const left = foldersIn(env["XDG_RUNTIME_DIR"]!);
    expect(left).toHaveLength(1);
    expect(left[0]).toContain(`-${living.pid.toString(36)}-`);
    living.write("\n");
    await living.exitCode;
    expect(foldersIn(env["XDG_RUNTIME_DIR"]!)).toEqual([]);
    await vi.waitFor(() => expect(liveProcesses().filter(({ parentId }) => parentId === killed.pid)).toEqual([]));
  });

  it.skipIf(process.platform === "win32")("goes into no folder that others can enter, and into no link", async () => {
    const { cwd, env } = prepare();
    const parent = join(cwd, "run", "configmanager");
    mkdirSync(parent);
    chmodSync(parent, 0o755);
    const open = await run(["exec", "--file", "app.yaml.tmpl", "--", "true"], { cwd, env });
    expect(open.exitCode).toBe(8);
    expect(open.stderr).toContain(
      `error CM_OUTPUT_UNWRITABLE: the folder "${parent}" for private files can be entered by others\n`,
    );
    mkdirSync(join(cwd, "elsewhere"), { mode: 0o700 });
    mkdirSync(join(cwd, "run2"));
    symlinkSync(join(cwd, "elsewhere"), join(cwd, "run2", "configmanager"));
    const linked = await run(["exec", "--file", "app.yaml.tmpl", "--", "true"], {
      cwd,
      env: { ...env, XDG_RUNTIME_DIR: join(cwd, "run2") },
    });
    expect(linked.exitCode).toBe(8);
    expect(linked.stderr).toContain("for private files is not a folder\n");
    expect(readdirSync(join(cwd, "elsewhere"))).toEqual([]);
  });
});
