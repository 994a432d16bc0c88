/** A pool of plugins with surroundings of its own: each test sees that nothing of it is left when it is over. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect, onTestFinished } from "vitest";
import { createPluginPool, type HostContext, type PluginPool, type PluginPoolOptions } from "../../host/index.ts";
import type { StoreConfig } from "../../internal/config/config.ts";
import type { ConfigManagerError } from "../../internal/errors/errors.ts";
import type { LogFields, LogLevel } from "../../internal/log/logger.ts";
import type { StoreAnswer, StoreRequest } from "../../internal/resolve/token-store.ts";
import { processesMentioning, untilGone } from "./processes.ts";
import { plainEnvironment, type Script, scriptedStore } from "./scripted-plugin.ts";

/** One record of the log. */
export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** A pool, and what a test may want to see of its surroundings. */
export interface TestPool {
  readonly pool: PluginPool;
  /** Everything that was logged, at debug and above. */
  readonly records: readonly LogRecord[];
  /** A folder for the test's own files; removed at its end. */
  readonly folder: string;
  /** Where the pool makes its folders for sockets; must be empty at the end. */
  readonly tempDir: string;
  readonly context: HostContext;
  /** Calls what the pool wants to be called at the end of the process. */
  readonly endProcess: () => void;
  /** Prepares, launches, and asks the store of a prefix for these paths. */
  readonly ask: (prefix: string, paths: readonly string[], signal?: AbortSignal) => Promise<readonly StoreAnswer[]>;
}

/** What differs from an ordinary run. */
export interface TestPoolOptions extends Partial<Omit<PluginPoolOptions, "context" | "stores" | "logger">> {
  readonly stores?: Readonly<Record<string, StoreConfig>>;
  readonly context?: Partial<HostContext>;
  /** Not at debug, as without `--verbose`. */
  readonly isQuiet?: boolean;
}

/**
 * Makes a pool. When the test is over it is disposed of, and no process that it has started and nothing in its
 * temporary folder may be left: a plugin names the test's folder in its environment, and so does what it starts.
 */
export function createTestPool({
  stores = {},
  context: overrides = {},
  isQuiet = false,
  ...rest
}: TestPoolOptions = {}): TestPool {
  const folder = temporaryFolder();
  const tempDir = mkdtempSync("/tmp/cmt-");
  const records: LogRecord[] = [];
  const atExit = new Set<() => void>();
  const context: HostContext = {
    cwd: folder,
    home: undefined,
    platform: process.platform,
    arch: process.arch,
    execPath: process.execPath,
    uid: process.getuid?.(),
    tempDir,
    shippedPluginsDir: undefined,
    kill: (pid, signal) => process.kill(pid, signal),
    onProcessExit(callback) {
      atExit.add(callback);
      return () => atExit.delete(callback);
    },
    ...overrides,
    env: { ...(overrides.env ?? plainEnvironment()), TEST_FOLDER: folder },
  };
  const pool = createPluginPool({
    timeoutMs: 20_000,
    pluginStartTimeoutMs: 20_000,
    concurrency: 16,
    mtls: "auto",
    // The checkout may be anybody's; tests of this check switch it on.
    trustPluginModes: true,
    ...rest,
    context,
    stores: new Map(Object.entries(stores)),
    logger: {
      isEnabled: (level) => !isQuiet || level === "warn" || level === "error",
      log: (level, message, fields = {}) => void records.push({ level, message, fields }),
    },
  });
  const seen = { onExit: atExit.size };
  onTestFinished(async () => {
    await pool[Symbol.asyncDispose]();
    await untilGone(() => processesMentioning(folder));
    expect(existsSync(tempDir) ? readdirSync(tempDir) : [], "left in the temporary folder").toEqual([]);
    expect(seen.onExit - atExit.size, "the pool still waits for the end of the process").toBe(1);
    rmSync(tempDir, { recursive: true, force: true });
  });
  return {
    pool,
    records,
    folder,
    tempDir,
    context,
    endProcess: () => atExit.forEach((callback) => callback()),
    async ask(prefix, paths, signal) {
      await pool.prepare([prefix]);
      pool.launch([prefix], signal);
      const store = await pool.store(prefix, signal);
      return store.getValues(
        paths.map((path) => toRequest(path)),
        { signal },
      );
    },
  };
}

/** A pool with one scripted plugin, of the prefix `SCRIPTED`. */
export function createScriptedPool(
  script: Script,
  { store = {}, ...options }: TestPoolOptions & { readonly store?: StoreConfig } = {},
): TestPool {
  return createTestPool({ ...options, stores: { ...options.stores, SCRIPTED: scriptedStore(script, store) } });
}

/** What `SCRIPTED`'s plugin answers for one path: its text, or the error. */
export async function askScripted(test: TestPool, path = "path"): Promise<string | ConfigManagerError> {
  const [answer] = await test.ask("SCRIPTED", [path]);
  return textOrError(answer);
}

/** The error with which the start of a prefix's plugin fails. */
export async function startError(test: TestPool, prefix = "SCRIPTED"): Promise<ConfigManagerError> {
  return test.ask(prefix, ["path"]).then(
    () => expect.unreachable("the plugin has started"),
    (error: unknown) => error as ConfigManagerError,
  );
}

/** The text of a value, or why there is none. */
export function textOrError(answer: StoreAnswer | undefined): string | ConfigManagerError {
  if (answer === undefined) return expect.unreachable("there is no answer");
  return answer.ok ? Buffer.from(answer.value).toString("utf8") : answer.error;
}

/** A request for a path, with metadata perhaps. */
export function toRequest(path: string, metadata: Readonly<Record<string, string>> = {}): StoreRequest {
  const pairs = Object.entries(metadata);
  return { path, metadata: new Map(pairs), rawMetadata: pairs.map(([key, value]) => `${key}=${value}`).join(",") };
}

/** A folder that is removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "cm-host-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
