/**
 * What a shared piece of work gives, unless this waiter's signal ends its waiting first: then its reason. The work goes on
 * for the others, and its rejection is somebody's also when nobody is left whom it concerns.
 */
export function waitFor<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
