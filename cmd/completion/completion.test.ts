import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runProgram, temporaryFolder } from "../../test/helpers/run-program.ts";
import { completeInBash, completeInFish, completeInZsh, itWithShell } from "../../test/helpers/shells.ts";
import { commandSpecs } from "../program.ts";
import { settingSpecs, flagOf } from "../../internal/config/settings-table.ts";

async function scriptOf(shell: string): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(["completion", shell]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  return stdout;
}

async function folderWithFiles(): Promise<string> {
  const cwd = await temporaryFolder();
  await mkdir(join(cwd, "folder"));
  await writeFile(join(cwd, "app one.yaml"), "");
  await writeFile(join(cwd, "app.yaml"), "");
  return cwd;
}

const firstWords = commandSpecs.flatMap(({ name, aliases }) => [name.split(" ")[0]!, ...aliases]);

describe("completion in bash", () => {
  itWithShell("bash").each([
    { line: ["re"], offers: ["render", "retrieve"] },
    { line: ["--color", ""], offers: ["auto", "always", "never"] },
    { line: ["--color", "=", "al"], offers: ["always"] },
    { line: ["--timeout", "5s", "doc"], offers: ["doctor"] },
    { line: ["--timeout", "=", "5s", "doc"], offers: ["doctor"] },
    { line: ["-q", "che"], offers: ["check"] },
    { line: ["check", "--for"], offers: ["--format"] },
    { line: ["check", "--format", ""], offers: ["text", "json", "github"] },
    { line: ["check", "--format", "=", "j"], offers: ["json"] },
    { line: ["check", "--expires-within", ""], offers: [] },
    { line: ["check", "app"], offers: ["app one.yaml", "app.yaml"] },
    { line: ["get", "--tok"], offers: ["--token", "--token-separator"] },
    { line: ["render", "app.yaml", "-o", "fold"], offers: ["folder"] },
    { line: ["--config", "app."], offers: ["app.yaml"] },
    { line: ["config", ""], offers: ["print"] },
    { line: ["config", "print", "--js"], offers: ["--json"] },
    { line: ["completion", ""], offers: ["bash", "zsh", "fish", "powershell"] },
    { line: ["doctor", ""], offers: [] },
    { line: ["help", "conf"], offers: ["config"] },
  ])("offers $offers for $line", async ({ line, offers }) => {
    const found = completeInBash(await scriptOf("bash"), ["configmanager", ...line], await folderWithFiles());
    expect(found.toSorted()).toEqual(offers.toSorted());
  });

  itWithShell("bash")("offers every command and every other name", async () => {
    const found = completeInBash(await scriptOf("bash"), ["configmanager", ""], await folderWithFiles());
    expect(found.toSorted()).toEqual([...new Set([...firstWords, "help"])].toSorted());
  });

  itWithShell("bash")("offers the global flags with every command", async () => {
    const found = completeInBash(await scriptOf("bash"), ["configmanager", "list", "-"], await folderWithFiles());
    expect(found).toEqual(
      expect.arrayContaining(["--explain", "--json", "--config", "-h", ...settingSpecs.map(flagOf)]),
    );
  });
});

describe("completion in fish", () => {
  itWithShell("fish").each([
    { line: "configmanager re", offers: ["render", "retrieve"] },
    { line: "configmanager --color ", offers: ["always", "auto", "never"] },
    { line: "configmanager --timeout 5s doc", offers: ["doctor"] },
    { line: "configmanager check --for", offers: ["--format"] },
    { line: "configmanager check --format ", offers: ["github", "json", "text"] },
    { line: "configmanager check app", offers: ["app one.yaml", "app.yaml"] },
    { line: "configmanager get -p app.", offers: ["app.yaml"] },
    { line: "configmanager config ", offers: ["print"] },
    { line: "configmanager config print --js", offers: ["--json"] },
    { line: "configmanager completion ", offers: ["bash", "fish", "powershell", "zsh"] },
    { line: "configmanager doctor ", offers: [] },
  ])("offers $offers for $line", async ({ line, offers }) => {
    expect([...completeInFish(await scriptOf("fish"), line, await folderWithFiles())].toSorted()).toEqual(offers);
  });
});

describe("completion in zsh", () => {
  itWithShell("zsh").each([
    { line: "configmanager rend", becomes: "configmanager render " },
    { line: "configmanager --color al", becomes: "configmanager --color always " },
    { line: "configmanager check --form", becomes: "configmanager check --format=" },
    { line: "configmanager check --format=g", becomes: "configmanager check --format=github " },
    { line: "configmanager render app.", becomes: "configmanager render app.yaml " },
    { line: "configmanager get -p app.", becomes: "configmanager get -p app.yaml " },
    { line: "configmanager config pr", becomes: "configmanager config print " },
    { line: "configmanager config print --js", becomes: "configmanager config print --json " },
    { line: "configmanager completion power", becomes: "configmanager completion powershell " },
  ])("makes $becomes of $line", async ({ line, becomes }) => {
    expect(completeInZsh(await scriptOf("zsh"), line, await folderWithFiles())).toBe(becomes);
  });
});

describe("completion in PowerShell", () => {
  it("has every command, flag and choice, with quotes doubled", async () => {
    const script = await scriptOf("powershell");
    expect(script).toContain("Register-ArgumentCompleter -Native -CommandName configmanager");
    for (const { name, options } of commandSpecs) {
      expect(script).toContain(`    '${name}' = @{\n`);
      for (const { choices = [] } of options) for (const choice of choices) expect(script).toContain(`'${choice}'`);
    }
    expect(script).toContain("@{ Names = @('-o', '--output'); Value = $true; Words = @() }");
    expect(script).toContain("@{ Names = @('--json'); Value = $false; Words = @() }");
  });
});

it("completion of an unknown shell is refused", async () => {
  const { exitCode, stdout, stderr } = await runProgram(["completion", "tcsh"]);
  expect([exitCode, stdout]).toEqual([2, ""]);
  expect(stderr).toBe('error CM_USAGE: "tcsh" is no shell\n  hint: use one of bash, zsh, fish, powershell\n');
});

it.each(["bash", "zsh", "fish", "powershell"])("the script for %s says first how it is kept", async (shell) => {
  expect((await scriptOf(shell)).split("\n").slice(0, 10).join("\n")).toContain(`configmanager completion ${shell}`);
});
