/** Scan cost per token from 10 to 100,000 tokens (goal: flat within 1.3 ×), and inputs made to be slow against plain text of the same size. */
import { Bench } from "tinybench";
import { expand } from "../internal/envsubst/expand.ts";
import { builtInPrefixes } from "../internal/token/prefixes.ts";
import { scan } from "../internal/token/scanner.ts";
import type { TokenSyntax } from "../internal/token/token.ts";

const syntax: TokenSyntax = { tokenSeparator: "://", keySeparator: "|", prefixes: new Set(builtInPrefixes) };

const counts = [10, 100, 1_000, 10_000, 100_000];
const perToken = new Bench({ time: 600, warmupTime: 300 });
for (const count of counts) {
  const input = Buffer.from(
    Array.from({ length: count }, (_, index) => `key: "AWSPARAMSTR:///app/name-${index % 10}|a.b"\n`).join(""),
  );
  perToken.add(String(count), () => scan(input, syntax));
}
await perToken.run();
const nanoseconds = perToken.tasks.map(({ name, result }) => (medianOf(result) * 1e6) / Number(name));
for (const [index, count] of counts.entries()) {
  console.log(
    `${count} tokens: ${nanoseconds[index]!.toFixed(0)} ns a token, ${(nanoseconds[index]! / nanoseconds[0]!).toFixed(2)} × that of 10`,
  );
}

const megabyte = 1_000_000;
const repeated = (part: string): Buffer =>
  Buffer.from(part.repeat(Math.ceil(megabyte / part.length)).slice(0, megabyte));
const hostile = ["[", "://", "|", "AWSPARAMSTR", "AWSPARAMSTR://", "AWSPARAMSTR:///a[", "AWSPARAMSTR:///a[k=1,z="];
const slow = new Bench({ time: 300, warmupTime: 100, iterations: 5 });
const plain = repeated("AWSPARAMSTR:///a ");
slow.add("yardstick: a valid token each", () => scan(plain, syntax));
for (const part of hostile) {
  const input = repeated(part);
  slow.add(`1 MB of ${part}`, () => scan(input, syntax));
}
const nested = repeated("${A:-");
slow.add("1 MB of ${A:- with -e", () => expand(nested, { lookup: () => undefined }));
await slow.run();
const yardstickMs = medianOf(slow.tasks[0]!.result);
for (const { name, result } of slow.tasks) {
  console.log(
    `${name}: ${medianOf(result).toFixed(1)} ms, ${(medianOf(result) / yardstickMs).toFixed(2)} × the yardstick`,
  );
}

function medianOf(result: Bench["tasks"][number]["result"]): number {
  if (!("latency" in result)) throw new Error("a benchmark task did not complete");
  return result.latency.p50;
}
