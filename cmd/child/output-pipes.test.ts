import { existsSync, mkdirSync, readdirSync, writeFileSync, writeSync } from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect, it, onTestFinished } from "vitest";
import { createProcessMark } from "../process-mark.ts";
import { closePipe, createOutputPipes } from "./output-pipes.ts";
import type { FolderContext } from "./private-folder.ts";

function surroundings(): FolderContext & { readonly runtime: string } {
  const runtime = mkdtempSync(join(tmpdir(), "cm-pipes-"));
  onTestFinished(() => rmSync(runtime, { recursive: true, force: true }));
  const owner = createProcessMark({ pid: process.pid, isAlive: () => true });
  return { env: { XDG_RUNTIME_DIR: runtime }, uid: process.getuid?.(), tempDir: runtime, owner, runtime };
}

it.skipIf(!existsSync("/usr/bin/mkfifo"))("pipes hand on what is written, and their names are gone", async () => {
  const context = surroundings();
  const pipes = await createOutputPipes(2, context);
  expect(pipes).toHaveLength(2);
  expect(readdirSync(context.runtime)).toEqual([]);
  writeSync(pipes[1]!.writeEnd, "text");
  for await (const chunk of pipes[1]!.source) {
    expect(Buffer.from(chunk).toString()).toBe("text");
    break;
  }
  pipes.forEach(closePipe);
});

it("there are none where there is no private place for them", async () => {
  const context = surroundings();
  writeFileSync(join(context.runtime, "configmanager"), "");
  expect(await createOutputPipes(1, context)).toEqual([]);
  rmSync(join(context.runtime, "configmanager"));
  mkdirSync(join(context.runtime, "configmanager"), { mode: 0o755 });
  expect(await createOutputPipes(1, context)).toEqual([]);
});
