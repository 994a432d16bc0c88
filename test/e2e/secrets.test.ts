import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run, workFolder } from "./program.ts";

const secret = "q7Zk!secret-of-a-store-91xW";
const commands = [
  { name: "a run that succeeds", args: ["render", "in", "-o", "out"], exitCode: 0 },
  { name: "a run that fails at another token", args: ["render", "failing", "-o", "out"], exitCode: 4 },
  { name: "a key path into a value that is no JSON", args: ["render", "no-json", "-o", "out"], exitCode: 4 },
  { name: "a value that as= cannot change", args: ["render", "not-base64", "-o", "out"], exitCode: 4 },
  {
    name: "a command that prints a value",
    args: ["exec", "-t", "A=ENV://SECRET", "--", "sh", "-c", 'echo "$A"'],
    exitCode: 0,
  },
  { name: "a command that cannot be run", args: ["exec", "-t", "A=ENV://SECRET", "--", "./no"], exitCode: 127 },
  { name: "two values for one name", args: ["retrieve", "-t", "A=ENV://SECRET", "-t", "A=ENV://OTHER"], exitCode: 4 },
];

describe.each(commands)("$name, at the most verbose setting", ({ args, exitCode }) => {
  it.each(["text", "json"])("leaves and prints no value but in its output (%s log)", async (format) => {
    const cwd = workFolder();
    writeFileSync(join(cwd, "in"), "a=ENV://SECRET\n");
    writeFileSync(join(cwd, "failing"), "a=ENV://SECRET\nb=ENV://NOT_SET_1\n");
    writeFileSync(join(cwd, "no-json"), "a=ENV://SECRET|a.b\n");
    writeFileSync(join(cwd, "not-base64"), "a=ENV://SECRET[as=base64decode]\n");
    const result = await run(["-v", "--log-format", format, ...args], {
      cwd,
      env: { SECRET: secret, OTHER: `${secret}2` },
    });
    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr).not.toContain(secret);
    expect(result.stdout.includes(secret)).toBe(false);
    const holding = readdirSync(cwd, { recursive: true })
      .map(String)
      .filter((file) => statSync(join(cwd, file)).isFile() && readFileSync(join(cwd, file)).includes(secret));
    expect(holding).toEqual(exitCode === 0 && args.includes("out") ? ["out"] : []);
  });
});
