/** Real plugin processes beside a lock: what was locked runs, what was tampered with does not. */
import fs from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildTestPlugins } from "../../test/helpers/build-once.ts";
import { plainEnvironment } from "../../test/helpers/scripted-plugin.ts";
import { createTestPool, temporaryFolder, textOrError, type TestPool } from "../../test/helpers/test-pool.ts";
import { platformName } from "../platform.ts";
import { createLockGuard } from "./lock-guard.ts";
import { formatLock, lockFileOf } from "./lockfile.ts";
import type { Checksum, LockedPlugin } from "./plugin-lock.ts";

const platform = platformName(process.platform, process.arch);
const names = ["a", "b", "c"];

interface LockedFolder {
  readonly cwd: string;
  readonly file: (name: string) => string;
  readonly pool: () => TestPool;
}

/** A folder with three plugins and their lock. */
async function lockedFolder(): Promise<LockedFolder> {
  const cwd = temporaryFolder();
  const pluginsDir = join(cwd, ".configmanager", "plugins");
  const file = (name: string): string => join(pluginsDir, name, `${name}-${platform}`);
  const probe = (await buildTestPlugins()).file("probe");
  const plugins = names.map((name): LockedPlugin => {
    fs.mkdirSync(join(pluginsDir, name), { recursive: true });
    fs.copyFileSync(probe, file(name));
    fs.chmodSync(file(name), 0o755);
    const checksum: Checksum = `sha256:${createHash("sha256").update(fs.readFileSync(probe)).digest("hex")}`;
    return { name, checksums: new Map([[platform, checksum]]) };
  });
  fs.writeFileSync(
    lockFileOf(pluginsDir),
    formatLock({ plugins: new Map(plugins.map((plugin) => [plugin.name, plugin])) }),
  );
  const env = { ...plainEnvironment(), XDG_CACHE_HOME: join(cwd, "cache") };
  const pool = (): TestPool => {
    const context = { cwd, home: undefined, env };
    const guard = createLockGuard({
      context: {
        ...context,
        platform: process.platform,
        arch: process.arch,
        execPath: process.execPath,
        shippedPluginsDir: undefined,
        uid: process.getuid?.(),
      },
      locked: true,
      logger: { isEnabled: () => false, log: () => {} },
    });
    return createTestPool({ context, guards: [guard] });
  };
  return { cwd, file, pool };
}

describe("plugins that are locked", () => {
  it("answer", async () => {
    const { pool } = await lockedFolder();
    const test = pool();
    expect(await test.pool.prepare(["A", "B", "C"])).toEqual([]);
    test.pool.launch(["A", "B", "C"]);
    for (const prefix of ["A", "B", "C"]) {
      const [answer] = await test.ask(prefix, ["echo/hello"]);
      expect(textOrError(answer)).toBe("hello");
    }
  });

  it("are not started when one of them was tampered with, which is told of each", async () => {
    const { file, pool } = await lockedFolder();
    for (const name of ["a", "c"]) fs.appendFileSync(file(name), "\n// one more line\n");
    const test = pool();
    const errors = await test.pool.prepare(["A", "B", "C"]);
    expect(errors.map(({ code, details }) => [code, details["prefix"]])).toEqual([
      ["CM_CHECKSUM_MISMATCH", "A"],
      ["CM_CHECKSUM_MISMATCH", "C"],
    ]);
    test.pool.launch(["A", "C"]);
    await expect(test.pool.store("A")).rejects.toMatchObject({ code: "CM_CHECKSUM_MISMATCH" });
  });

  it("have one error together when their lock cannot be read", async () => {
    const { cwd, pool } = await lockedFolder();
    fs.writeFileSync(join(cwd, ".configmanager", "plugins.lock.json"), "{}");
    const errors = await pool().pool.prepare(["A", "B", "C"]);
    expect(errors.map(({ code }) => code)).toEqual(["CM_LOCKFILE_INVALID"]);
  });
});
