import { strict as assert } from "node:assert";
import { openTestStore } from "./open-test-store.ts";
import type { TestAnswer, TestRequest, TestStore, TestSubject } from "./test-store.ts";

/** A request and the value that the store has for it. */
export interface ValueCase extends TestRequest {
  readonly value: string | Uint8Array;
}

/** What the author of a store knows about it; a case that is left out is not checked. */
export interface ContractCases {
  /** A value that is there. */
  readonly found: ValueCase;
  /** One that is not. */
  readonly missing: TestRequest;
  /** One that may not be read, or that nobody unknown may read. */
  readonly denied?: TestRequest | undefined;
  /** One that cannot mean anything to the store. */
  readonly bad?: TestRequest | undefined;
  /** A value of a version that the metadata names. */
  readonly version?: ValueCase | undefined;
  /** A value that is there and empty. */
  readonly empty?: TestRequest | undefined;
  /** A value of some size, a megabyte for instance. */
  readonly large?: ValueCase | undefined;
  /** A path or a value beyond ASCII. */
  readonly unicode?: ValueCase | undefined;
  /** Any value, asked for and canceled while the store is at work: best one that takes long. */
  readonly cancelled?: TestRequest | undefined;
}

/** One thing that is checked, for any test runner: `for (const { name, run } of checks) it(name, run)`. */
export interface ContractCheck {
  readonly name: string;
  /** Rejects, with an AssertionError as a rule, when the store breaks the contract. */
  readonly run: () => Promise<void>;
}

/**
 * The contract of a store as checks, each of which opens the store, asks it, and closes it. An executable is asked over
 * both protocols, unless it names one.
 */
export function contractChecks(subject: TestSubject, cases: ContractCases): readonly ContractCheck[] {
  if (!("executable" in subject)) return checksOf(subject, cases, "");
  const protocols = subject.protocol === undefined ? ([1, 2] as const) : ([subject.protocol] as const);
  return protocols.flatMap((protocol) => checksOf({ ...subject, protocol }, cases, ` (protocol ${protocol})`));
}

const cancelLimitMs = 2000;

function checksOf(subject: TestSubject, cases: ContractCases, suffix: string): readonly ContractCheck[] {
  const checks: ContractCheck[] = [];
  const add = (name: string, check: (store: TestStore) => Promise<void>): void => {
    checks.push({ name: name + suffix, run: () => withStore(subject, check) });
  };
  const { found, missing, denied, bad, version, empty, large, unicode, cancelled } = cases;

  add("a value that is there is found", (store) => expectValue(store, found));
  add("a value that is not there is NOT_FOUND", (store) => expectError(store, missing, ["NOT_FOUND"]));
  add("requests of one stream do not disturb each other", async (store) => {
    const answers = await store.ask([found, missing, { ...found, metadata: { ...found.metadata } }]);
    assert.deepEqual(
      answers.map(({ ok }) => ok),
      [true, false, true],
    );
    for (const index of [0, 2]) checkValue(answers[index]!, found.value);
  });
  if (denied !== undefined) {
    add("a value that may not be read is PERMISSION_DENIED or UNAUTHENTICATED", (store) =>
      expectError(store, denied, ["PERMISSION_DENIED", "UNAUTHENTICATED"]),
    );
  }
  if (bad !== undefined) {
    add("a path that means nothing is INVALID_ARGUMENT", (store) => expectError(store, bad, ["INVALID_ARGUMENT"]));
  }
  if (version !== undefined) add("a version that the metadata names is found", (store) => expectValue(store, version));
  if (empty !== undefined) add("an empty value is a value", (store) => expectValue(store, { ...empty, value: "" }));
  if (large !== undefined) add("a large value comes whole", (store) => expectValue(store, large));
  if (unicode !== undefined) add("what is not ASCII comes unharmed", (store) => expectValue(store, unicode));
  if (cancelled !== undefined)
    add("a canceled request ends, and the store goes on", (store) => expectCancel(store, cancelled, found));
  return checks;
}

async function withStore(subject: TestSubject, check: (store: TestStore) => Promise<void>): Promise<void> {
  const store = await openTestStore(subject);
  try {
    await check(store);
  } catch (error) {
    // What the check found matters more than a plugin that does not end.
    await store.close().catch(() => {});
    throw error;
  }
  await store.close();
}

async function expectValue(store: TestStore, { value, ...request }: ValueCase): Promise<void> {
  const [answer] = await store.ask([request]);
  checkValue(answer!, value);
}

function checkValue(answer: TestAnswer, value: string | Uint8Array): void {
  assert.ok(answer.ok, answer.ok ? undefined : `the store answered ${answer.code}: ${answer.message}`);
  const expected = Buffer.from(value as string);
  // Not the values themselves, which may be long or secret.
  assert.ok(
    expected.equals(answer.data),
    `the value is another one, ${answer.data.length} bytes instead of ${expected.length}`,
  );
}

async function expectError(store: TestStore, request: TestRequest, codes: readonly string[]): Promise<void> {
  const [answer] = await store.ask([request]);
  if (answer === undefined || answer.ok) return assert.fail("the store answered with a value");
  assert.ok(
    codes.includes(answer.code),
    `the store answered ${answer.code} instead of ${codes.join(" or ")}: ${answer.message}`,
  );
  assert.notEqual(answer.message, "", "the error has no message");
}

async function expectCancel(store: TestStore, request: TestRequest, found: ValueCase): Promise<void> {
  const abort = new AbortController();
  const asked = store.ask([request], abort.signal).then(
    () => {},
    () => {},
  );
  // So that the store is at work on it, also in another process.
  await new Promise((resolve) => setTimeout(resolve, 50));
  abort.abort(new Error("canceled by a check"));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new assert.AssertionError({ message: `still at work ${cancelLimitMs} ms after it was canceled` })),
      cancelLimitMs,
    );
  });
  try {
    await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
  await expectValue(store, found);
}
