import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contractChecks, openTestStore, type TestAnswer, type TestRequest } from "configmanager/plugin/testing";
import { afterAll, describe, expect, it } from "vitest";
import { store } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "__NAME__-"));
writeFileSync(
  join(folder, "values.json"),
  JSON.stringify({ greeting: ["hello", "hello again"], "db/password": ["pä$$"] }),
);
writeFileSync(join(folder, "broken.json"), '{ "greeting": ["secret"');
afterAll(() => rmSync(folder, { recursive: true }));

/** What the store answers when it runs in that folder. */
async function ask(request: TestRequest, env: Record<string, string> = {}): Promise<TestAnswer | undefined> {
  const opened = await openTestStore({ store, cwd: folder, env });
  try {
    return (await opened.ask([request]))[0];
  } finally {
    await opened.close();
  }
}

// What every host relies on, whatever the store: only the cases are yours.
describe("the contract", () => {
  const checks = contractChecks(
    { store, cwd: folder, env: {} },
    {
      found: { path: "greeting", value: "hello again" },
      missing: { path: "farewell" },
      version: { path: "greeting", metadata: { version: "1" }, value: "hello" },
      bad: { path: "greeting", metadata: { version: "first" } },
      unicode: { path: "db/password", value: "pä$$" },
    },
  );
  for (const { name, run } of checks) it(name, run);
});

describe("the store __PREFIX__", () => {
  it("says which version a value has", async () => {
    expect(await ask({ path: "greeting" })).toMatchObject({ ok: true, version: "2" });
  });

  it("knows no version that is not there", async () => {
    expect(await ask({ path: "greeting", metadata: { version: "3" } })).toMatchObject({ ok: false, code: "NOT_FOUND" });
  });

  it("names the file that it cannot read", async () => {
    const answer = await ask({ path: "greeting" }, { __PREFIX___FILE: "none.json" });
    expect(answer).toMatchObject({ ok: false, message: `"${join(folder, "none.json")}" cannot be read (ENOENT)` });
  });

  it("tells nothing of a file that is no JSON", async () => {
    const answer = await ask({ path: "greeting" }, { __PREFIX___FILE: "broken.json" });
    expect(answer).toMatchObject({
      ok: false,
      message: expect.stringMatching(/"[^"]+broken.json" is no JSON object of lists of texts$/),
    });
  });
});
