import type { StoreError, Verdict } from "configmanager/plugin";

/** Why one try had no value, and whether another may. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly error: StoreError;
  readonly verdict: Verdict;

  constructor(error: StoreError, verdict: Verdict) {
    super(error.message, { cause: error });
    this.error = error;
    this.verdict = verdict;
  }
}
