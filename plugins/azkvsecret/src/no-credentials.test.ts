import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it, onTestFinished } from "vitest";
import { openKeyVault, textOf } from "../../../test/servers/ask-key-vault.ts";
import { json, reset, stall } from "../../../test/servers/scripted-server.ts";

const secrets = { "shop/db": { value: "found" } };

/** A folder with Node alone, to be the whole PATH. */
function onlyNode(): string {
  const folder = mkdtempSync(join(tmpdir(), "cm-programs-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  symlinkSync(process.execPath, join(folder, "node"));
  return folder;
}

describe("without a token", () => {
  it("a request that is given up does not wait for it, nor does the end of the plugin", async () => {
    const abort = new AbortController();
    const { store } = await openKeyVault({
      secrets,
      entra: {
        interfere: () => {
          abort.abort(new Error("given up"));
          return stall();
        },
      },
    });
    await expect(store.ask([{ path: "shop/db" }], abort.signal)).rejects.toThrow();
  });

  it("a store says what was tried, in order", async () => {
    const { ask } = await openKeyVault({ secrets, credentials: { AZURE_TOKEN_CREDENTIALS: "prod" } });
    const [answer] = await ask("shop/db");
    expect(answer).toMatchObject({
      ok: false,
      code: "UNAUTHENTICATED",
      message:
        "no Azure credential gave a token: environment (AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are not set), workload identity (AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE are not set), managed identity (no endpoint answers)",
      hint: "run az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
    });
  });

  it("a store tries the tools of a developer too", async () => {
    const { ask } = await openKeyVault({
      secrets,
      credentials: { PATH: onlyNode(), AZURE_TOKEN_CREDENTIALS: "dev" },
    });
    expect(textOf((await ask("shop/db"))[0])).toBe(
      "UNAUTHENTICATED: no Azure credential gave a token: Visual Studio Code (not part of this plugin), Azure CLI (not installed), Azure PowerShell (not installed), Azure Developer CLI (not installed)",
    );
  });

  it("a store says what Entra ID has against the credentials, and none of them", async () => {
    const wrong = randomUUID();
    const { ask, entra } = await openKeyVault({
      secrets,
      entra: { clientSecret: randomUUID() },
      credentials: {
        AZURE_TENANT_ID: randomUUID(),
        AZURE_CLIENT_ID: randomUUID(),
        AZURE_CLIENT_SECRET: wrong,
        AZURE_ADDITIONALLY_ALLOWED_TENANTS: "*",
      },
    });
    const [answer] = await ask("shop/db");
    expect(textOf(answer)).toBe(
      "UNAUTHENTICATED: no Azure credential gave a token: environment (AADSTS7000215: Invalid client secret provided)",
    );
    expect(JSON.stringify(answer)).not.toContain(wrong);
    expect(entra.tokens.length).toBeLessThanOrEqual(2);
  });

  it("a store says that the credentials are for another tenant", async () => {
    const { ask } = await openKeyVault({
      secrets,
      credentials: { AZURE_TENANT_ID: randomUUID(), AZURE_CLIENT_ID: randomUUID(), AZURE_CLIENT_SECRET: randomUUID() },
    });
    expect(textOf((await ask("shop/db"))[0])).toMatch(
      /it is for another tenant, see AZURE_ADDITIONALLY_ALLOWED_TENANTS/,
    );
  });

  it("a store says that a setting names no credential", async () => {
    const { ask } = await openKeyVault({ secrets, credentials: { AZURE_TOKEN_CREDENTIALS: "azurecli" } });
    expect(textOf((await ask("shop/db"))[0])).toBe(
      'UNAUTHENTICATED: AZURE_TOKEN_CREDENTIALS is "azurecli", which names no credential',
    );
  });

  it("a store names the login that it cannot reach", async () => {
    const { ask } = await openKeyVault({ secrets, entra: { interfere: () => reset() } });
    expect(textOf((await ask("shop/db"))[0])).toBe(
      'UNAVAILABLE: cannot reach "login.microsoftonline.com": the connection was reset (ECONNRESET)',
    );
  });

  it("a store asks Entra ID again when it has no time", async () => {
    let asked = 0;
    const busy = json({ error: "temporarily_unavailable", error_description: "AADSTS90033: busy" }, 503, {
      "retry-after-ms": "1",
    });
    const { ask, entra } = await openKeyVault({
      secrets,
      entra: { interfere: () => (asked++ < 2 ? busy : undefined) },
    });
    expect(textOf((await ask("shop/db"))[0])).toBe("found");
    expect(entra.tokens).toHaveLength(1);
  });
});
