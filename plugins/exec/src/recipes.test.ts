import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process, { kill } from "node:process";
import { fileURLToPath } from "node:url";
import { openTestStore } from "configmanager/plugin/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createExecStore } from "./store.ts";

// What the page promises, run: the options as they stand there, and for each token the command line beside it.
const page = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8");
const recipes = page.slice(page.indexOf("## Recipes"));
const [, yaml = ""] = /```yaml\n([^]*?)```/.exec(recipes) ?? [];
const { stores } = parse(yaml) as {
  stores: { EXEC: { options: { commands: Record<string, { command: string[] }> } } };
};
const { options } = stores.EXEC;
const rows = [...recipes.matchAll(/^\| `EXEC:\/\/(.*?)(?:\\\|.*)?` +\| `(.*)` +\|$/gm)].map(([, path, line]) => ({
  path: path!,
  line: line!,
}));

describe("the recipes", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "cm-recipes-"));
    const echo = join(folder, "echo.cjs");
    const body =
      'process.stdout.write([require("path").basename(process.argv[1]), ...process.argv.slice(2)].join(" "));';
    writeFileSync(echo, `#!${process.execPath}\n${body}\n`, { mode: 0o755 });
    for (const program of new Set(Object.values(options.commands).map(({ command }) => command[0]!))) {
      symlinkSync(echo, join(folder, program));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("have a row for each command", () => {
    expect(rows.map(({ path }) => path.split("/")[0])).toEqual(Object.keys(options.commands));
  });

  it.each(rows)("EXEC://$path runs $line", async ({ path, line }) => {
    const store = await openTestStore({
      store: createExecStore({ kill }),
      env: { PATH: folder },
      cwd: folder,
      options,
    });
    const [answer] = await store.ask([{ path }]);
    await store.close();
    expect(answer!.ok ? Buffer.from(answer!.data).toString() : answer).toBe(line);
  });

  it.each([
    { path: "aws/file:///etc/passwd", why: "a file that aws would read" },
    { path: "az/vault/@secrets", why: "a file that az would read" },
    { path: "k8s/prod/db,x", why: "what is no name of a secret" },
    { path: "sops/../../etc/x.yaml", why: "a way out of the folder" },
  ])("refuse $why", async ({ path }) => {
    const store = await openTestStore({
      store: createExecStore({ kill }),
      env: { PATH: folder },
      cwd: folder,
      options,
    });
    expect(await store.ask([{ path }])).toMatchObject([{ ok: false }]);
    await store.close();
  });
});
