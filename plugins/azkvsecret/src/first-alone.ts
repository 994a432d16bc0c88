/** Lets the first of several calls go alone, as long as it may find out what the others need. */
export class FirstAlone {
  readonly #concernsAll: (error: unknown) => boolean;
  readonly #found: Promise<void>;
  #resolveFound: () => void = () => {};
  #isFound = false;
  #first: { readonly done: Promise<unknown>; readonly signal: AbortSignal } | undefined;

  /** @param concernsAll whether an error of the first call would be that of the others too */
  constructor(concernsAll: (error: unknown) => boolean) {
    this.#concernsAll = concernsAll;
    this.#found = new Promise((resolve) => {
      this.#resolveFound = resolve;
    });
  }

  /** Says that the others need not wait any longer: neither those that do, nor any later ones. */
  letAllGo(): void {
    this.#isFound = true;
    this.#resolveFound();
  }

  /**
   * Does some work: at once when it is the first or nothing is to be waited for, else after the first. Rejects with the
   * error of the first when that concerns all; another one goes first when the first was given up by its signal.
   */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      if (this.#isFound) return await work();
      if (this.#first === undefined) return await this.#goFirst(work, signal);
      const { done, signal: signalOfFirst } = this.#first;
      try {
        await Promise.race([this.#found, done]);
      } catch (error) {
        if (!signalOfFirst.aborted && this.#concernsAll(error)) throw error;
      }
      signal.throwIfAborted();
    }
  }

  async #goFirst<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const done = work();
    this.#first = { done, signal };
    try {
      const outcome = await done;
      this.letAllGo();
      return outcome;
    } catch (error) {
      if (!signal.aborted && !this.#concernsAll(error)) this.letAllGo();
      throw error;
    } finally {
      this.#first = undefined;
    }
  }
}
