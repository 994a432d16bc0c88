/** Puts one plugin through the table. A part of the program that is loaded when a plugin is tested, with gRPC and protobuf. */
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { nearestWord } from "../../internal/errors/nearest.ts";
import { type Assertion, Skipped, Unmet } from "./assertion.ts";
import { assertions } from "./assertions.ts";
import { TestBench } from "./bench.ts";
import { failureText } from "./describe-seen.ts";
import type { AssertionResult, PluginTestOptions } from "./report.ts";
import type { TestSubject } from "./subject.ts";
import { within } from "./within.ts";

/** For one assertion that hangs where nobody thought of it. */
const assertionMs = 90_000;

/**
 * Looks at each assertion, or at those of `only`, and calls `onResult` as soon as each is decided. Nothing of the plugin is left
 * when it resolves or rejects.
 *
 * @throws CM_USAGE for an id that is not there, or the signal's reason
 */
export async function runAssertions(
  subject: TestSubject,
  { only = [], onResult, signal }: PluginTestOptions,
): Promise<readonly AssertionResult[]> {
  const chosen = chooseAssertions(only);
  const bench = await TestBench.open(subject);
  try {
    const results: AssertionResult[] = [];
    for (const assertion of chosen) {
      const result = await aborted(signal, decideAssertion(assertion, bench));
      if (result.outcome === "failed") bench.forgetSessions();
      results.push(result);
      await onResult?.(result);
    }
    return results;
  } finally {
    await bench[Symbol.asyncDispose]();
  }
}

// `P23` chooses `P23b` too.
function chooseAssertions(only: readonly string[]): readonly Assertion[] {
  if (only.length === 0) return assertions;
  const wanted = only.map((id) => id.trim()).filter((id) => id !== "");
  const fits = ({ id }: Assertion, word: string): boolean =>
    [id, id.replace(/[a-z]$/, "")].some((name) => name.toUpperCase() === word.toUpperCase());
  for (const word of wanted) {
    if (assertions.some((assertion) => fits(assertion, word))) continue;
    const ids = assertions.map(({ id }) => id);
    const near = nearestWord(word, ids);
    throw new ConfigManagerError("CM_USAGE", `there is no assertion "${word}"`, {
      hint:
        near === undefined ? `choose from ${ids.join(", ")}` : `did you mean "${near}"? There are ${ids.join(", ")}`,
    });
  }
  return assertions.filter((assertion) => wanted.some((word) => fits(assertion, word)));
}

/** Looks at one assertion; never rejects. */
export async function decideAssertion(assertion: Assertion, bench: TestBench): Promise<AssertionResult> {
  const { id, sentence, level, fix } = assertion;
  const known = { id, sentence, level };
  const failed = level === "must" ? "failed" : "advice";
  try {
    // The cookie that the plugin takes is found out with its first start, whatever is looked at.
    await bench.first();
    const isDone = await within(
      assertion.check(bench).then(() => true),
      assertionMs,
    );
    if (isDone === true) return { ...known, outcome: "ok" };
    return { ...known, outcome: failed, expected: "an end", seen: `none within ${assertionMs} ms`, fix };
  } catch (error) {
    if (error instanceof Skipped) return { ...known, outcome: "skipped", reason: error.message };
    if (error instanceof Unmet) {
      const { expected, seen } = error;
      return { ...known, outcome: failed, expected, seen, fix: error.fix ?? fix };
    }
    return { ...known, outcome: failed, expected: "an answer", seen: failureText(error), fix };
  }
}

// What is still going on ends with the plugins.
async function aborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  let stop: (() => void) | undefined;
  const abort = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, abort]);
  } finally {
    signal.removeEventListener("abort", stop!);
  }
}
