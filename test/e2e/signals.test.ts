import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { installPlugin, processesIn, start, workFolder } from "./program.ts";

const plugins = {
  "never answers its handshake": "#!/bin/sh\necho $$ > started\nexec sleep 60\n",
  "ignores SIGTERM and SIGINT": "#!/bin/sh\ntrap '' TERM INT\necho $$ > started\nwhile :; do sleep 60; done\n",
  "has started a process of its own": "#!/bin/sh\nsleep 60 &\necho $$ > started\nwait\n",
};
const endings = [
  { signal: "SIGINT", exitCode: 130 },
  { signal: "SIGTERM", exitCode: 143 },
] as const;

describe.each(Object.entries(plugins))("a run whose plugin %s", (_, script) => {
  it.each(endings)(
    "ends on $signal with $exitCode, the old output in place and no process left",
    async ({ signal, exitCode }) => {
      const cwd = workFolder();
      const source = join(cwd, "plugin.sh");
      writeFileSync(source, script);
      installPlugin(cwd, "slow", source);
      writeFileSync(join(cwd, "in"), "a=SLOW://x\n");
      writeFileSync(join(cwd, "out"), "old");
      const { child, finished } = start(["render", "in", "-o", "out", "--plugin-start-timeout", "60s"], { cwd });
      await vi.waitFor(() => expect(existsSync(join(cwd, "started"))).toBe(true), { timeout: 10_000 });
      child.kill(signal);
      const result = await finished;
      expect(result.exitCode).toBe(exitCode);
      expect(readFileSync(join(cwd, "out"), "utf8")).toBe("old");
      await vi.waitFor(() => expect(processesIn(cwd)).toEqual([]), { timeout: 3_000 });
    },
  );
});
