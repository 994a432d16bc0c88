import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createProgress, type Progress } from "./progress.ts";

const erased = "\r\u001b[2K";

function onTerminal(columns = 80): { progress: Progress; written: string[] } {
  const written: string[] = [];
  const write = async (chunk: string | Uint8Array): Promise<void> => void written.push(String(chunk));
  return { progress: createProgress({ write, columns }), written };
}

describe("the progress line", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("does not appear for a run that is over in a moment", () => {
    const { progress, written } = onTerminal();
    progress.show({ kind: "launching", prefixes: ["VAULT"] });
    vi.advanceTimersByTime(299);
    progress.end();
    vi.advanceTimersByTime(1000);
    expect(written).toEqual([]);
  });

  it("shows the latest state, redraws at most ten times a second, and is gone at the end", () => {
    const { progress, written } = onTerminal();
    progress.show({ kind: "launching", prefixes: ["VAULT", "ENV"] });
    vi.advanceTimersByTime(300);
    for (let answered = 1; answered <= 50; answered++) {
      progress.show({ kind: "resolving", answered, total: 50 });
      vi.advanceTimersByTime(10);
    }
    progress.end();
    expect(written).toEqual([
      `${erased}starting VAULT, ENV`,
      `${erased}10 of 50 values`,
      `${erased}20 of 50 values`,
      `${erased}30 of 50 values`,
      `${erased}40 of 50 values`,
      `${erased}50 of 50 values`,
      erased,
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("never reaches the edge of the terminal", () => {
    const { progress, written } = onTerminal(10);
    progress.show({ kind: "launching", prefixes: ["A".repeat(40)] });
    vi.advanceTimersByTime(300);
    expect(written).toEqual([`${erased}starting `]);
  });

  it("is taken away before something else is written", () => {
    const { progress } = onTerminal();
    expect(progress.takeAway()).toBe("");
    progress.show({ kind: "launching", prefixes: ["VAULT"] });
    vi.advanceTimersByTime(300);
    expect([progress.takeAway(), progress.takeAway()]).toEqual([erased, ""]);
  });

  it.each<{ name: string; columns?: number; files: Record<string, [number, number | undefined]>; expected: string }>([
    {
      name: "a bar",
      files: { vault: [5e6, 20e6] },
      expected: `vault [${"#".repeat(8)}${".".repeat(22)}]  25%  5.0 of 20.0 MB`,
    },
    {
      name: "one bar for several",
      files: { a: [1e6, 2e6], b: [2e6, 2e6] },
      expected: `2 plugins [${"#".repeat(23)}${".".repeat(7)}]  75%  3.0 of 4.0 MB`,
    },
    {
      name: "no bar where the size is not known",
      files: { a: [1e6, 2e6], b: [1e6, undefined] },
      expected: "2 plugins 2.0 MB",
    },
    {
      name: "no bar where there is no room",
      columns: 30,
      files: { vault: [5e6, 20e6] },
      expected: "vault  25%  5.0 of 20.0 MB",
    },
    { name: "no more than all", files: { a: [3e6, 2e6] }, expected: `a [${"#".repeat(30)}] 100%  3.0 of 2.0 MB` },
  ])("shows $name of downloads", ({ columns, files, expected }) => {
    const { progress, written } = onTerminal(columns);
    const all = Object.entries(files).map(([name, [received, size]]) => [name, { received, size }] as const);
    progress.show({ kind: "downloading", files: new Map(all) });
    vi.advanceTimersByTime(300);
    progress.end();
    expect(written[0]).toBe(erased + expected);
  });
});
