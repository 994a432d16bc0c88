import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stall } from "../servers/scripted-server.ts";
import { type SevenStores, startSevenStores } from "../servers/seven-stores.ts";
import { run, workFolder } from "./program.ts";

const template = `# one value of each store
parameter: AWSPARAMSTR:///app/db/host
secret: AWSSECRETS://app/db|password
key-vault: AZKVSECRET://app-vault/db-password
table: AZTABLESTORE://appaccount/settings/db/port
setting: AZAPPCONF://app-config/db/name[label=prod]
google: GCPSECRETS://projects/app/secrets/db
vault: VAULT://secret___/app/db|password
`;

const resolved = `# one value of each store
parameter: db.parameters.example
secret: from "secrets manager"
key-vault: from key vault
table: 54321
setting: from app configuration
google: from google
vault: from vault
`;

let stores: SevenStores;
beforeAll(async () => {
  stores = await startSevenStores();
});
afterAll(() => stores.close());

describe("a file with tokens of all seven stores", () => {
  it("is rendered, by the plugins that ship with the program alone", async () => {
    const cwd = workFolder();
    writeFileSync(join(cwd, "app.yaml"), template);
    const { exitCode, stderr } = await run(["render", "app.yaml", "-o", "out.yaml"], { cwd, env: stores.env });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(readFileSync(join(cwd, "out.yaml"), "utf8")).toBe(resolved);
  });

  it("says nothing of a value or a credential in its debug log, nor do the official clients in theirs", async () => {
    const cwd = workFolder();
    writeFileSync(join(cwd, "app.yaml"), template);
    const env = { ...stores.env, DEBUG: "*", AZURE_LOG_LEVEL: "verbose", GOOGLE_SDK_NODE_LOGGING: "all" };
    const { exitCode, stdout, stderr } = await run(["render", "app.yaml", "-v"], { cwd, env });
    expect(exitCode).toBe(0);
    expect(stdout.toString()).toBe(resolved);
    expect(stderr).toContain("AZKVSECRET");
    expectNoSecret(stderr);
  });

  it("gives one report and no output when two of them fail, each at its place", async () => {
    const cwd = workFolder();
    writeFileSync(
      join(cwd, "app.yaml"),
      template.replace("secrets/db", "secrets/none").replace("app-vault", "gone-vault"),
    );
    const { exitCode, stdout, stderr } = await run(["render", "app.yaml", "-o", "out.yaml"], { cwd, env: stores.env });
    expect(exitCode).toBe(6);
    expect(stdout.toString()).toBe("");
    expect(() => readFileSync(join(cwd, "out.yaml"))).toThrow("ENOENT");
    expect(stderr).toContain("app.yaml:4:12");
    expect(stderr).toContain("gone-vault.vault.azure.net");
    expect(stderr).toContain("app.yaml:7:9");
    expect(stderr).toContain("projects/app/secrets/none");
    expect(stderr.match(/CM_STORE_\w+/g)).toEqual(["CM_STORE_UNAVAILABLE", "CM_STORE_NOT_FOUND"]);
    expectNoSecret(stderr);
  });

  it("gives the others' values when one of them hangs, names that one by its time-out, and ends with 6", async () => {
    stores.interfere.vault = () => stall();
    try {
      const cwd = workFolder();
      writeFileSync(join(cwd, "app.yaml"), template);
      const strict = await run(["render", "app.yaml", "-o", "out.yaml", "--timeout", "4s"], { cwd, env: stores.env });
      expect(strict.exitCode).toBe(6);
      expect(strict.stderr.match(/CM_\w+/g)).toEqual(["CM_STORE_TIMEOUT"]);
      expect(strict.stderr).toContain("app.yaml:8:8");
      expect(() => readFileSync(join(cwd, "out.yaml"))).toThrow("ENOENT");
      expectNoSecret(strict.stderr);

      const lax = await run(["render", "app.yaml", "--lax-all", "--timeout", "4s"], { cwd, env: stores.env });
      expect(lax.stdout.toString()).toBe(resolved.replace("from vault", "VAULT://secret___/app/db|password"));
    } finally {
      delete stores.interfere.vault;
    }
  });
});

/** No value of the stores and nothing that opens one. */
function expectNoSecret(text: string): void {
  for (const secret of stores.secrets) expect(text.includes(secret)).toBe(false);
  // How every token of Azure and Google begins here, and what AWS wants of a request.
  expect(text).not.toMatch(/eyJ[\w-]{10}|Signature=/);
}
