import { expect, it } from "vitest";
import { asTheyCome } from "./as-they-come.ts";

async function collect<T>(values: AsyncIterable<T>, into: T[] = []): Promise<T[]> {
  for await (const value of values) into.push(value);
  return into;
}

it("yields what comes first first", async () => {
  const resolvers: ((value: number) => void)[] = [];
  const promises = [0, 1, 2].map(() => new Promise<number>((resolve) => resolvers.push(resolve)));
  const collected = collect(asTheyCome(promises));
  for (const index of [2, 0, 1]) {
    resolvers[index]!(index);
    await promises[index];
  }
  expect(await collected).toEqual([2, 0, 1]);
});

it("yields nothing of nothing", async () => {
  expect(await collect(asTheyCome([]))).toEqual([]);
});

it("throws what one rejects with, after what had come, and lets no other rejection go unhandled", async () => {
  const come: number[] = [];
  const promises = [Promise.resolve(1), Promise.reject<number>(new Error("a")), Promise.reject<number>(new Error("b"))];
  await expect(collect(asTheyCome(promises), come)).rejects.toThrow("a");
  expect(come).toEqual([1]);
});
