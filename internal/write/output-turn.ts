/** Resolves in the next turn of the event loop, so that a signal is noticed between steps that take none by themselves. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
