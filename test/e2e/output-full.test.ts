import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { program, workFolder } from "./program.ts";

it("leaves the old file when the disk fills up while it writes (a limit on the size of files)", () => {
  const cwd = workFolder();
  writeFileSync(join(cwd, "in"), `${"x".repeat(4_000_000)} ENV://WHO`);
  writeFileSync(join(cwd, "out"), "old");
  // The limit counts 512-byte blocks.
  const script = `ulimit -f 2048; exec "$0" "$@" render in -o out`;
  let failure: { status?: number; stderr?: string } = {};
  try {
    execFileSync("sh", ["-c", script, ...program], {
      cwd,
      env: { PATH: process.env["PATH"], WHO: "me", HOME: cwd, TMPDIR: cwd },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    failure = error as typeof failure;
  }
  expect(failure.stderr).toContain("CM_OUTPUT_UNWRITABLE");
  expect(failure.status).toBe(8);
  expect(readFileSync(join(cwd, "out"), "utf8")).toBe("old");
  expect(readdirSync(cwd).sort()).toEqual(["in", "out"]);
});
