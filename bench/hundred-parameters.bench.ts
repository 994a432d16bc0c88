/**
 * A hundred parameters of SSM, from process start to process end, from a server that takes 30 ms a request and allows 40
 * requests a second: the program with its script plugin, against the official client asking for each one by itself, as
 * the Go tool does (goals: at most 12 requests, none throttled, a quarter of the time).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { median } from "./processes.ts";

const count = 100;
const rounds = 7;
const names = Array.from({ length: count }, (_name, index) => `/bench/parameter-${index}`);

let allowance = 40;
let refilledAt = performance.now();
const folder = mkdtempSync(join(tmpdir(), "cm-bench-"));
const counts = { requests: 0, throttled: 0 };
const server = createServer((request, response) => void answer(request, response, counts));
server.listen(0, "127.0.0.1");
await once(server, "listening");
const env = {
  PATH: process.env["PATH"] ?? "",
  HOME: folder,
  AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "made-up",
  AWS_SECRET_ACCESS_KEY: "made-up",
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
};
try {
  writeFileSync(join(folder, "in"), names.map((name) => `AWSPARAMSTR://${name}\n`).join(""));
  const commands = [
    { name: "the official client, one call each", argv: [resolve("bench/.build/ssm-one-by-one.cjs"), ...names] },
    { name: "configmanager", argv: [resolve("dist/cmd/bin.cjs"), "render", "in", "-o", "out"] },
  ].map(({ name, argv }) => ({ name, argv, times: [] as number[], seen: "" }));
  for (let round = 0; round <= rounds; round++) {
    for (const command of commands) {
      // So that the second's allowance is whole again.
      await delay(1100);
      Object.assign(counts, { requests: 0, throttled: 0 });
      const started = performance.now();
      const child = spawn(process.execPath, command.argv, {
        cwd: folder,
        env,
        stdio: ["ignore", "ignore", "inherit"],
      });
      const [code] = (await once(child, "exit")) as [number | null];
      if (code !== 0) throw new Error(`${command.name} ended with ${code}`);
      if (round > 0) command.times.push(performance.now() - started);
      command.seen = `${counts.requests} requests, ${counts.throttled} throttled`;
    }
  }
  const yardstick = median(commands[0]!.times);
  for (const { name, times, seen } of commands) {
    const range = `${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)}`;
    const ratio = (median(times) / yardstick).toFixed(2);
    console.log(`${name}: ${median(times).toFixed(0)} ms (${range}), ${ratio} × "${commands[0]!.name}", ${seen}`);
  }
} finally {
  server.close();
  rmSync(folder, { recursive: true, force: true });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  counts: { requests: number; throttled: number },
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  await delay(30);
  counts.requests++;
  const now = performance.now();
  allowance = Math.min(40, allowance + ((now - refilledAt) * 40) / 1000);
  refilledAt = now;
  response.setHeader("content-type", "application/x-amz-json-1.1");
  if (allowance < 1) {
    counts.throttled++;
    response.writeHead(400).end(JSON.stringify({ __type: "ThrottlingException", message: "Rate exceeded" }));
    return;
  }
  allowance--;
  const input = JSON.parse(Buffer.concat(chunks).toString()) as { Name?: string; Names?: string[] };
  const parameter = (Name: string): object => ({ Name, Value: `value of ${Name}`, Type: "String", Version: 1 });
  const { Name, Names = [] } = input;
  const output =
    Name === undefined ? { Parameters: Names.map(parameter), InvalidParameters: [] } : { Parameter: parameter(Name) };
  response.end(JSON.stringify(output));
}
