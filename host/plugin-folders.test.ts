import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../test/helpers/test-pool.ts";
import { findPluginFolders } from "./plugin-folders.ts";

const context = {
  env: {},
  home: undefined,
  platform: "linux",
  arch: "x64",
  execPath: "/opt/node",
  shippedPluginsDir: undefined,
} as const;

describe("findPluginFolders", () => {
  it("has everything that lies in each place, nearest first, whether it is used or not", () => {
    const [cwd, home] = [temporaryFolder(), temporaryFolder()];
    const near = join(cwd, ".configmanager", "plugins");
    const far = join(home, ".configmanager", "plugins");
    for (const folder of [join(near, "one"), join(near, "Two"), join(near, ".hidden"), join(far, "one")]) {
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, 0o755);
    }
    writeFileSync(join(near, "one", "one-linux-amd64"), "");
    writeFileSync(join(near, "one", ".keep"), "");
    writeFileSync(join(near, "stray"), "");
    symlinkSync("nowhere", join(near, "dangling"));
    chmodSync(join(near, "stray"), 0o644);
    chmodSync(join(far, "one"), 0o775);
    const plain = { isFolder: true, files: [], isGroupWritable: false };
    expect(findPluginFolders({ ...context, cwd, home })).toEqual([
      { ...plain, origin: "working directory", path: join(near, "Two"), prefix: undefined },
      { ...plain, origin: "working directory", path: join(near, "one"), prefix: "ONE", files: ["one-linux-amd64"] },
      { ...plain, origin: "working directory", path: join(near, "stray"), prefix: undefined, isFolder: false },
      { ...plain, origin: "home folder", path: join(far, "one"), prefix: "ONE", isGroupWritable: true },
    ]);
  });

  it("is empty where there is nothing", () => {
    expect(findPluginFolders({ ...context, cwd: temporaryFolder() })).toEqual([]);
  });
});
