import { openExecutableStore } from "./executable-store.ts";
import { openInProcessStore } from "./in-process-store.ts";
import type { TestStore, TestSubject } from "./test-store.ts";

/** Opens a store for a test, in this process or as an executable. Rejects when it cannot be started or refuses its options. */
export function openTestStore(subject: TestSubject): Promise<TestStore> {
  return "executable" in subject ? openExecutableStore(subject) : openInProcessStore(subject);
}
