/** What is said of one assertion; texts may come from the plugin and are not escaped yet. */
export type AssertionResult = {
  readonly id: string;
  readonly sentence: string;
  /** `should`: hosts cope without. */
  readonly level: "must" | "should";
} & (
  | { readonly outcome: "ok" }
  /** A `must` and a `should` that do not hold. */
  | { readonly outcome: "failed" | "advice"; readonly expected: string; readonly seen: string; readonly fix: string }
  | { readonly outcome: "skipped"; readonly reason: string }
);

/** How a plugin is tested. */
export interface PluginTestOptions {
  /** Ids of assertions, such as `P7`; all when there are none. */
  readonly only?: readonly string[];
  /** Hears of each result as soon as it is there. */
  readonly onResult?: (result: AssertionResult) => Promise<void>;
  readonly signal?: AbortSignal;
}
