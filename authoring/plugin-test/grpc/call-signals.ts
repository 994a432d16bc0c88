/** What can be canceled: any grpc-js call. */
export interface Cancelable {
  readonly cancel: () => void;
}

/**
 * Cancels `call` when `signal` is aborted, at once when it is already; returns how to stop following.
 *
 * All calls of one signal share one listener: 10,000 calls of a run would otherwise register 10,000, and taking one
 * of them back is a search through all.
 */
export function followSignal(signal: AbortSignal, call: Cancelable): () => void {
  if (signal.aborted) {
    call.cancel();
    return () => {};
  }
  const followers = followersOf.get(signal) ?? startFollowing(signal);
  followers.calls.add(call);
  return () => {
    followers.calls.delete(call);
    if (followers.calls.size > 0 || followersOf.get(signal) !== followers) return;
    followersOf.delete(signal);
    signal.removeEventListener("abort", followers.onAbort);
  };
}

interface Followers {
  readonly calls: Set<Cancelable>;
  readonly onAbort: () => void;
}

const followersOf = new WeakMap<AbortSignal, Followers>();

function startFollowing(signal: AbortSignal): Followers {
  const calls = new Set<Cancelable>();
  const onAbort = (): void => {
    followersOf.delete(signal);
    for (const call of calls) call.cancel();
    calls.clear();
  };
  const followers = { calls, onAbort };
  followersOf.set(signal, followers);
  signal.addEventListener("abort", onAbort, { once: true });
  return followers;
}
