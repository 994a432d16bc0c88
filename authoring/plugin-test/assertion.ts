import type { TestBench } from "./bench.ts";

/** What a plugin has to do, or does better to do, and how that is found out from outside. */
export interface Assertion {
  /** The number in the checklist, such as `P7`; those below it are told apart by a letter, `P7b`. */
  readonly id: string;
  /** What holds for a plugin that conforms, as a clause about it. */
  readonly sentence: string;
  /** `must`: without it some host fails. `should`: hosts cope, and users are better off; go-plugin itself may lack it. */
  readonly level: "must" | "should";
  /** What to do about a plugin that does not, in the imperative. */
  readonly fix: string;
  /** Resolves when it holds; rejects with `Unmet`, `Skipped`, or whatever a call fails with, which is unmet as well. */
  readonly check: (bench: TestBench) => Promise<void>;
}

/** An assertion does not hold. */
export class Unmet extends Error {
  readonly expected: string;
  readonly seen: string;
  /** In place of the assertion's own, where what was seen says more. */
  readonly fix: string | undefined;

  /** Neither text may hold a value of a store; what comes from the plugin is escaped where it is shown. */
  constructor(expected: string, seen: string, fix?: string) {
    super(`expected ${expected}, saw ${seen}`);
    this.expected = expected;
    this.seen = seen;
    this.fix = fix;
  }
}

/** An assertion says nothing about this plugin, or cannot be looked at; the message says why. */
export class Skipped extends Error {}

/** Throws `Unmet` unless it holds. */
export function meet(holds: boolean, expected: string, seen: string): asserts holds {
  if (!holds) throw new Unmet(expected, seen);
}
