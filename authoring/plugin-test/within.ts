/** What the promise resolves to, or undefined when it has not after so many milliseconds; leaves no timer behind. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves to true as soon as the condition holds, to false when it has not within so many milliseconds. */
export async function holdsWithin(condition: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > end) return false;
    // For what nobody tells of: a file that is gone, a process that has ended.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
}
