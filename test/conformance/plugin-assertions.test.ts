/**
 * The assertions of `plugin test` over our own plugins and over one on the real go-plugin. What only a test can bring about, since it
 * needs a store that does as it is told, is in the other files of this folder.
 */
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assertions } from "../../authoring/plugin-test/assertions.ts";
import { TestBench } from "../../authoring/plugin-test/bench.ts";
import { decideAssertion } from "../../authoring/plugin-test/run-assertions.ts";
import type { TestProbes } from "../../authoring/index.ts";
import { buildTestPlugins } from "../helpers/build-once.ts";
import { root } from "../helpers/source-files.ts";
import { buildGoBinaries } from "./build-go.ts";
import { commandOf } from "./raw-host.ts";

const go = await buildGoBinaries(path.join(root, "test", ".build", "go"));
if (go === undefined) {
  if (process.env["CI"] !== undefined) throw new Error("there is no Go, which these tests need");
  process.stderr.write("SKIPPED: no Go on PATH, so that the assertions are not tried on the real go-plugin\n");
}

interface Subject {
  readonly name: string;
  readonly file: () => Promise<string>;
  readonly env?: Readonly<Record<string, string>>;
  readonly probes: TestProbes;
  /** Those that say nothing about this plugin here; all others must hold. */
  readonly skipped: readonly string[];
  /** Those that are no more than advice, and do not hold. */
  readonly advice?: readonly string[];
}

const script = (name: string) => async (): Promise<string> => (await buildTestPlugins()).file(name);
const tcp = ["P12", "P12b"];
const unix = ["P9", "P9b", "P9c", "P10", "P10b", "P11"];
const protocol2 = assertions.map(({ id }) => id).filter((id) => id.startsWith("Q"));

const subjects: readonly Subject[] = [
  {
    name: "our plugin env",
    file: script("env"),
    probes: { token: "HOME", metadata: {}, missing: "NO_SUCH_VARIABLE" },
    skipped: [...tcp, "Q20", "Q21", "Q22", "Q23"],
  },
  {
    name: "a plugin of the SDK that can do everything",
    file: script("probe"),
    probes: { token: "echo/a", metadata: { version: "3" }, missing: "missing/b", writable: "a/b", listed: "a" },
    skipped: [...tcp, "Q18", "Q19", "Q23"],
  },
  {
    name: "the same on TCP",
    file: script("probe"),
    env: { PROBE_NETWORK: "tcp" },
    probes: { token: "echo/a", metadata: {}, missing: "missing/b" },
    skipped: [...unix, "Q18", "Q19", "Q20", "Q21", "Q22", "Q23"],
  },
  {
    name: "a plugin on the real go-plugin",
    file: async () => go!.plugin,
    probes: { token: "a/b", metadata: {}, missing: "err" },
    skipped: [...tcp, "P29", ...protocol2],
    advice: ["P10b", "P23c", "P24", "P30", "V5"],
  },
];

describe.each(subjects)("$name", ({ name, file, env = {}, probes, skipped, advice = [] }) => {
  const isGo = name.includes("go-plugin");
  if (isGo && go === undefined) return;
  let bench: TestBench;
  beforeAll(async () => {
    const executable = await file();
    const [program, ...args] = isGo ? [executable] : commandOf(executable);
    const { PATH = "", HOME = "/" } = process.env;
    bench = await TestBench.open({
      command: { file: program, args },
      env: { PATH, HOME, ...env },
      context: {
        cwd: tmpdir(),
        tempDir: tmpdir(),
        platform: process.platform,
        kill: (pid, signal) => process.kill(pid, signal),
        onProcessExit: () => () => {},
      },
      startTimeoutMs: 30_000,
      probes,
    });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  it.each(assertions)("$id $sentence", { timeout: 60_000 }, async (assertion) => {
    const result = await decideAssertion(assertion, bench);
    // How long a start takes is for a machine that does nothing else.
    if (assertion.id === "P38" || assertion.id === "P35") return;
    const { id } = assertion;
    const outcome = advice.includes(id) ? "advice" : skipped.includes(id) ? "skipped" : "ok";
    expect(result).toMatchObject({ id, outcome });
  });
});

describe("the table of assertions", () => {
  it("has each id once, and a fix for each", () => {
    expect(new Set(assertions.map(({ id }) => id)).size).toBe(assertions.length);
    for (const { sentence, fix } of assertions) expect([sentence, fix].join("")).not.toMatch(/\.$|^$/);
  });
});
