import { describe, expect, it } from "vitest";
import { runProgram } from "../../test/helpers/run-program.ts";
import { tableFolder } from "../../test/helpers/table-folder.ts";

const env = { PATH: process.env["PATH"] ?? "" };

async function retrieve(stores: Parameters<typeof tableFolder>[0], ...args: string[]): ReturnType<typeof runProgram> {
  return runProgram(["retrieve", "-p", "-", ...args], { cwd: await tableFolder(stores), env });
}

describe("retrieve --under", () => {
  it("names each value after what lies below the path", async () => {
    const values = { "/app/db/user name": "it's", "/app/token": "t", "/other": "o" };
    const { exitCode, stdout } = await retrieve({ TABLE: values }, "--under", "TABLE:///app/");
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "export DB_USERNAME='it'\\''s'\nexport TOKEN='t'\n" });
  });

  it("writes the keys of an object behind its name", async () => {
    const values = { "app/db": '{"user":"u","port":5432}' };
    const { stdout } = await retrieve({ TABLE: values }, "--under", "TABLE://app/", "--format", "json");
    expect(stdout).toBe('{\n  "DB__USER": "u",\n  "DB__PORT": 5432\n}\n');
  });

  it("comes behind the tokens, in one list of names", async () => {
    const { stdout } = await retrieve({ ONE: { a: "1" }, TWO: { "x/b": "2" } }, "-t", "ONE://a", "--under", "TWO://x/");
    expect(stdout).toBe("export A='1'\nexport B='2'\n");
  });

  it("refuses two values that would get one name", async () => {
    const values = { "x/a-b": "value-1", "x/a/b": "value-2" };
    const { exitCode, stdout, stderr } = await retrieve({ TABLE: values }, "--under", "TABLE://x/");
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: "" });
    expect(stderr).toMatch(/CM_NAME_CONFLICT.*A_B/);
    expect(stderr).not.toMatch(/value-[12]/);
  });

  it("warns when there is nothing", async () => {
    const { exitCode, stdout, stderr } = await retrieve({ TABLE: { "other/a": "1" } }, "--under", "TABLE://x/");
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
    expect(stderr).toBe('warning: there is no value below "TABLE://x/"\n  hint: check the path\n');
  });

  it("is not for the bytes of one value", async () => {
    const { exitCode, stderr } = await retrieve({ TABLE: {} }, "--under", "TABLE://x/", "--format", "raw");
    expect(exitCode).toBe(2);
    expect(stderr).toContain('"--format raw" writes one token only');
  });
});
