import { readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { liveProcesses } from "../helpers/processes.ts";
import { workFolder } from "./program.ts";
import { deadline, startWatching, write } from "./watching.ts";

describe("--watch", () => {
  it("renders again when the file changes, with its plugins kept running, until a signal ends it", async () => {
    const cwd = workFolder();
    write(cwd, { "app.tmpl": "1 ENV://WHO\n" });
    const watching = startWatching(cwd, ["render", "app.tmpl", "-o", "app.env", "--watch"], { WHO: "me" });
    await watching.hasOutput("app.env", "1 me\n");
    await watching.hasSaid(/^app\.env: 1 token, written \d\d:\d\d:\d\d\n$/);
    const plugins = watching.children();
    expect(plugins).toHaveLength(1);
    write(cwd, { "app.tmpl": "2 ENV://WHO ENV://WHO\n" });
    await watching.hasOutput("app.env", "2 me me\n");
    // As editors save: a new file takes the old one's name.
    write(cwd, { "app.tmpl.new": "3 ENV://WHO\n" });
    renameSync(join(cwd, "app.tmpl.new"), join(cwd, "app.tmpl"));
    await watching.hasOutput("app.env", "3 me\n");
    expect(watching.children()).toEqual(plugins);
    await watching.hasSaid(/^(app\.env: \d tokens?, written .*\n){3}$/);
    const { exitCode, stderr } = await watching.end("SIGINT");
    expect([exitCode, stderr.split("\n").at(-2)]).toEqual([130, "error CM_CANCELED: interrupted"]);
    expect(liveProcesses().filter(({ pid }) => plugins.includes(pid))).toEqual([]);
  });

  it("keeps the last output when a run fails, says why, and goes on", async () => {
    const cwd = workFolder();
    write(cwd, { "in/a": "ENV://WHO" });
    const watching = startWatching(cwd, ["fromstr", "-i", "in/a", "-p", "out", "--watch"], { WHO: "me" });
    await watching.hasOutput("out", "me");
    write(cwd, { "in/a": "ENV://NOT_SET_1 ENV://NOT_SET_2" });
    await watching.hasSaid(/in\/a:1:1\n[^]*2 errors; the last outputs stay as they are\n$/);
    expect(readFileSync(join(cwd, "out"), "utf8")).toBe("me");
    rmSync(join(cwd, "in"), { recursive: true });
    await watching.hasSaid(/error CM_INPUT_UNREADABLE: "in\/a" .*\n/);
    write(cwd, { "in/a": "again ENV://WHO" });
    await watching.hasOutput("out", "again me");
    expect((await watching.end("SIGTERM")).exitCode).toBe(143);
  });

  it("takes new files of a glob in, and lets go of those that are gone", async () => {
    const cwd = workFolder();
    write(cwd, { "in/a.yaml": "1" });
    const watching = startWatching(cwd, ["render", "in/**/*.yaml", "--out-dir", "out", "--watch"]);
    await watching.hasOutput("out/a.yaml", "1");
    write(cwd, { "in/sub/b.yaml": "2" });
    await watching.hasOutput("out/sub/b.yaml", "2");
    await watching.hasSaid(/2 files: 0 tokens, 1 written/);
    // A folder that came later is watched too.
    write(cwd, { "in/sub/c.yaml": "3" });
    await watching.hasOutput("out/sub/c.yaml", "3");
    rmSync(join(cwd, "in/a.yaml"));
    await watching.hasSaid(/in\/a\.yaml is gone; its output out\/a\.yaml stays\n/);
    expect(readFileSync(join(cwd, "out/a.yaml"), "utf8")).toBe("1");
    await watching.end("SIGINT");
  });

  it("says that a changed configuration needs a new start", async () => {
    const cwd = workFolder();
    write(cwd, { a: "1", ".configmanager/config.yaml": "lax: true\n" });
    const watching = startWatching(cwd, ["render", "a", "-o", "out", "--watch"]);
    await watching.hasSaid(/written/);
    write(cwd, { ".configmanager/config.yaml": "lax: false\n" });
    await watching.hasSaid(/^.*\nthe configuration has changed: start again for it to hold\n$/);
    await watching.end("SIGINT");
  });
});

describe("--watch-stores", () => {
  it("renders again when a value changes, and writes only then", async () => {
    const cwd = workFolder();
    write(cwd, { "app.tmpl": "x=FILE://values.json|a\n", "values.json": '{"a":"1"}' });
    const args = ["render", "app.tmpl", "-o", "app.env", "--watch-stores", "100ms"];
    const watching = startWatching(cwd, args);
    await watching.hasOutput("app.env", "x=1\n");
    const { ino } = statSync(join(cwd, "app.env"));
    // A failure is told each time it is met, so the second one shows that it was asked again.
    rmSync(join(cwd, "values.json"));
    await watching.hasSaid(/(CM_STORE_NOT_FOUND[^]*){2}/);
    expect([readFileSync(join(cwd, "app.env"), "utf8"), statSync(join(cwd, "app.env")).ino]).toEqual(["x=1\n", ino]);
    write(cwd, { "values.json": '{"a":"2"}' });
    await watching.hasOutput("app.env", "x=2\n");
    await vi.waitFor(() => expect(watching.said().match(/written/g)).toHaveLength(2), deadline);
    await watching.end("SIGINT");
  });
});
