/** The single-file executable under other names: which plugin it is then, for any host. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { platformName } from "../../host/index.ts";
import { testedExecutable } from "../helpers/tested-executable.ts";
import { program, run, workFolder } from "./program.ts";

/** A folder with a link to the executable where a plugin of that name is looked for. */
function linked(name: string): string {
  const cwd = workFolder();
  const folder = join(cwd, ".configmanager", "plugins", name);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  symlinkSync(program[0], join(folder, `${name}-${platformName(process.platform, process.arch)}`));
  return cwd;
}

describe.skipIf(testedExecutable === undefined)("a link to the executable", () => {
  it("is the plugin of its name", async () => {
    const cwd = linked("file");
    writeFileSync(join(cwd, "value"), "its text");
    const { stdout, stderr } = await run(["-v", "string-input", "-i", "FILE://value", "-p", "-"], { cwd });
    expect(stdout.toString()).toBe("its text");
    expect(stderr).toContain(join(cwd, ".configmanager", "plugins", "file", "file-"));
  });

  it("is no plugin under a name that is none inside, and says so to the host", async () => {
    const { exitCode, stderr } = await run(["string-input", "-i", "NOSUCH://value", "-p", "-"], {
      cwd: linked("nosuch"),
    });
    expect(exitCode).toBe(5);
    expect(stderr).toContain("CM_PLUGIN_EXITED_EARLY");
    expect(stderr).toContain("this is the program, and none of the plugins inside has this file's name");
  });
});
