import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type KvServer, startKvServer } from "../servers/kv-v2.ts";
import { type Finished, run, workFolder } from "./program.ts";

let vault: KvServer;
beforeAll(async () => {
  vault = await startKvServer();
});
afterAll(() => vault.close());

function configmanager(args: readonly string[], stdin: string, cwd: string = workFolder()): Promise<Finished> {
  return run(args, { cwd, stdin, env: { VAULT_ADDR: vault.url, VAULT_TOKEN: vault.rootToken } });
}

describe("VAULT written and listed by the program", () => {
  it("takes a secret and a key of one, and lists both", async () => {
    const secret = "made-up-password";
    const whole = await configmanager(["insert", "--config-pair", "VAULT://secret___/app/db"], '{"user":"me"}\n');
    expect([whole.exitCode, whole.stdout.toString()]).toMatchObject([0, expect.stringContaining("version 1")]);
    const key = await configmanager(["insert", "--config-pair", "VAULT://secret___/app/db|password"], `${secret}\n`);
    expect([key.exitCode, key.stdout.toString()]).toMatchObject([0, expect.stringContaining("version 2")]);
    expect(key.stdout.toString() + key.stderr).not.toContain(secret);
    expect(vault.current("secret", "app/db")).toBe(JSON.stringify({ password: secret, user: "me" }));

    const cwd = workFolder();
    writeFileSync(join(cwd, "in"), "VAULT://secret___/app/db|password");
    expect((await configmanager(["render", "in"], "", cwd)).stdout.toString()).toBe(secret);
    const listed = await configmanager(["retrieve", "--under", "VAULT://secret___/app/", "-p", "-"], "");
    expect([listed.exitCode, listed.stderr]).toEqual([0, ""]);
    expect(listed.stdout.toString()).toContain(secret);
  });

  it.each([
    { token: "VAULT://secret___/app/one|key", code: "CM_STORE_EXISTS", exitCode: 6, flags: ["--create-only"] },
    { token: "VAULT://secret___/app/one|a.b", code: "CM_STORE_BAD_REQUEST", exitCode: 6, flags: [] },
    { token: "VAULT://secret___/app/one", code: "CM_STORE_BAD_REQUEST", exitCode: 6, flags: [] },
  ])("refuses to write $token $flags with $code", async ({ token, code, exitCode, flags }) => {
    vault.put("secret", "app/one", { key: "old" });
    const result = await configmanager(["insert", "--config-pair", token, ...flags], "made-up-password");
    expect([result.exitCode, result.stderr]).toMatchObject([exitCode, expect.stringContaining(code)]);
    expect(result.stderr).not.toContain("made-up-password");
    expect(vault.current("secret", "app/one")).toBe('{"key":"old"}');
  });
});
