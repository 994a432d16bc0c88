import { expect, it } from "vitest";
import { mismatchError } from "./lock-errors.ts";

it.each([
  { origin: "working directory" as const, command: "configmanager plugin install a" },
  { origin: "home folder" as const, command: "configmanager plugin install a --home" },
])("a plugin of the $origin is installed again where it lies", ({ origin, command }) => {
  const locked = { source: "https://example.org/a", checksums: {} } as never;
  const entry = { kind: "locked", name: "a", lockFile: "/lock", locked, checksum: "sha256:1" } as never;
  const { hint } = mismatchError({ prefix: "A", file: "/a", origin }, entry, "sha256:1", "sha256:2");
  expect(hint).toBe(`${command}; when it was changed on purpose, lock it with configmanager plugin lock a`);
});
