/** What becomes of a lock that somebody else writes while plugins are looked at. */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { buildTestPlugins } from "../../test/helpers/build-once.ts";
import { temporaryFolder } from "../../test/helpers/test-pool.ts";
import { platformName } from "../platform.ts";
import { lockPlugins } from "./lock-plugins.ts";
import { readLock, updateLock } from "./lockfile.ts";

const checksum = `sha256:${"0".repeat(64)}` as const;

it("leaves what was locked meanwhile, and says so", async () => {
  const cwd = temporaryFolder();
  const folder = join(cwd, ".configmanager", "plugins", "probe");
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const platform = platformName(process.platform, process.arch);
  copyFileSync((await buildTestPlugins()).file("probe"), join(folder, `probe-${platform}`));
  const lockFile = join(cwd, ".configmanager", "plugins.lock.json");
  const theirs = { name: "probe", version: "v2", checksums: new Map([["linux-amd64", checksum]]) };
  const locking = lockPlugins({
    context: {
      env: {},
      cwd,
      home: undefined,
      platform: process.platform,
      arch: process.arch,
      execPath: process.execPath,
      shippedPluginsDir: undefined,
    },
    stores: new Map(),
    names: [],
    platforms: [],
    locked: undefined,
    async describe() {
      await updateLock(lockFile, () => ({ plugins: new Map([["probe", theirs]]) }));
      return { appProtocol: 2 };
    },
  });
  await expect(locking).rejects.toMatchObject({ code: "CM_LOCKFILE_OUTDATED" });
  expect(readLock(lockFile)?.plugins.get("probe")).toEqual(theirs);
});
