import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { watchParent } from "./parent-watch.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Parent {
  id: number;
  isRunning: boolean;
}

describe("the watch over the parent", () => {
  it.each([
    { platform: "linux" as const, die: (parent: Parent): void => void (parent.id = 1) },
    { platform: "win32" as const, die: (parent: Parent): void => void (parent.isRunning = false) },
  ])("on $platform calls back once, within a second of its death", ({ platform, die }) => {
    const parent: Parent = { id: 77, isRunning: true };
    const onDead = vi.fn<() => void>();
    watchParent({ platform, firstParentId: 77, parentId: () => parent.id, isRunning: () => parent.isRunning }, onDead);
    vi.advanceTimersByTime(10_000);
    expect(onDead).not.toHaveBeenCalled();
    die(parent);
    vi.advanceTimersByTime(1000);
    expect(onDead).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(10_000);
    expect(onDead).toHaveBeenCalledTimes(1);
  });

  it("ends when it is told to", () => {
    const onDead = vi.fn<() => void>();
    const stop = watchParent(
      { platform: "linux", firstParentId: 77, parentId: () => 1, isRunning: () => false },
      onDead,
    );
    stop();
    vi.advanceTimersByTime(10_000);
    expect(onDead).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
