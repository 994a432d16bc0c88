/**
 * Yields what the promises resolve to, whichever is first; throws as soon as one rejects, after what had come before. For
 * `values` of a store that has several calls under way.
 */
export async function* asTheyCome<T>(promises: readonly Promise<T>[]): AsyncGenerator<T, void, undefined> {
  const arrived: T[] = [];
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => {};
  for (const promise of promises) {
    promise.then(
      (value) => {
        arrived.push(value);
        wake();
      },
      (error: unknown) => {
        failure ??= { error };
        wake();
      },
    );
  }
  for (let open = promises.length; open > 0; open--) {
    if (arrived.length === 0 && failure === undefined) await new Promise<void>((resolve) => (wake = resolve));
    if (arrived.length === 0 && failure !== undefined) throw failure.error;
    yield arrived.shift()!;
  }
}
