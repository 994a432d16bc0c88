/** Values on app protocol 2 (plugin protocol 2, section 2). */
import { status } from "@grpc/grpc-js";
import { Code } from "../../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { isAlive, madeUpPath } from "../alive.ts";
import { type Assertion, meet, Skipped } from "../assertion.ts";
import type { Session, TestBench } from "../bench.ts";
import { endText, quote, statusName } from "../describe-seen.ts";
import { missingPath, tokenPath } from "../probes.ts";
import {
  askMessages,
  collectAnswers,
  numbered,
  protocol2,
  type RawAnswers,
  type RawRequest,
  type RawResult,
} from "../raw-calls.ts";
import { within } from "../within.ts";

const manyRequests = 20;
const maxId = 2n ** 64n - 1n;
const maxMessageBytes = 8 * 1024;
const longPathCharacters = 16 * 1024;
const hugeBytes = 5 * 1024 * 1024;

/** The best path there is to ask for. */
function anyRequest({ subject }: TestBench): RawRequest {
  const { token, metadata } = subject.probes;
  return token === undefined ? { path: madeUpPath } : { path: token, metadata };
}

function ask(bench: TestBench, session: Session, ...requests: readonly RawRequest[]): Promise<RawAnswers> {
  return askMessages(session.client, [numbered(requests)], bench.callMs);
}

/** The stream has ended well, with one result for each of these ids and none for others. */
function mustBeWhole(answers: RawAnswers, ids: readonly bigint[]): void {
  meet(
    answers.code === status.OK,
    "a stream that ends with OK",
    `${statusName(answers.code)}: ${quote(answers.details)}`,
  );
  for (const id of ids) {
    const count = answers.byId.get(id)?.length ?? 0;
    meet(count === 1, "one answer to each request", `${count} answers to the request ${id}`);
  }
  const stray = [...answers.byId.keys()].find((id) => !ids.includes(id));
  meet(stray === undefined, "answers to what was asked alone", `an answer to ${stray}, which was not asked`);
  for (const result of [...answers.byId.values()].flat()) {
    meet(result.case !== undefined, "a value or an error in each result", "a result with neither");
  }
}

async function askOneOf(bench: TestBench, session: Session, request: RawRequest): Promise<RawResult> {
  const answers = await ask(bench, session, request);
  mustBeWhole(answers, [0n]);
  return answers.byId.get(0n)![0]!;
}

function codeText(result: RawResult): string {
  if (result.case !== "error") return "a value";
  const { code, message } = result.value;
  return `${Code[code] ?? `code ${code}`}: ${quote(message)}`;
}

async function mustGoOn(bench: TestBench, session: Session): Promise<void> {
  meet(await isAlive(bench, session), "a plugin that still answers", endText(session.plugin));
  await askOneOf(bench, session, anyRequest(bench));
}

/** Q1 to Q12: `GetValues`. */
export const streamAssertions: readonly Assertion[] = [
  {
    id: "Q1",
    sentence: "it answers each request of GetValues once, over several messages, and ends the stream with OK",
    level: "must",
    fix: "answer each id exactly once with a value or an error, in any order, then end the stream when the host has half-closed and all is answered",
    async check(bench) {
      const session = await bench.speaking("2");
      const ids = Array.from({ length: manyRequests }, (_, index) => BigInt(index));
      const requests = ids.map((id) => ({ ...anyRequest(bench), id }));
      const messages = [requests.slice(0, 1), requests.slice(1, 12), [], requests.slice(12)];
      mustBeWhole(await askMessages(session.client, messages, bench.callMs), ids);
    },
  },
  {
    id: "Q2",
    sentence: "ids come back as they are, up to 64 bits, and one path may be asked twice",
    level: "must",
    fix: "keep the id as an unsigned 64-bit number, and answer each id even when the paths are the same",
    async check(bench) {
      const session = await bench.speaking("2");
      const ids = [maxId, 0n, 2n ** 53n + 1n];
      const requests = ids.map((id) => ({ ...anyRequest(bench), id }));
      mustBeWhole(await askMessages(session.client, [requests], bench.callMs), ids);
    },
  },
  {
    id: "Q3",
    sentence: "a stream without requests ends with OK",
    level: "must",
    fix: "end the stream when the host half-closes, also when nothing was asked",
    async check(bench) {
      const session = await bench.speaking("2");
      for (const messages of [[], [[]]]) mustBeWhole(await askMessages(session.client, messages, bench.callMs), []);
    },
  },
  {
    id: "Q4",
    sentence: "it answers while the stream stays open",
    level: "must",
    fix: "send results as they come, and do not wait for the host's end of the stream",
    async check(bench) {
      const session = await bench.speaking("2");
      const call = protocol2(session.client).getValues({ deadlineMs: bench.callMs });
      const answers = collectAnswers(call);
      for (const id of [7n, 8n]) {
        const arrived = new Promise((resolve) => call.once("data", resolve));
        const { path, metadata = {} } = anyRequest(bench);
        call.write({ requests: [{ id, path, metadata: { ...metadata } }] });
        const inTime = await within(arrived, bench.callMs / 2);
        if (inTime === undefined) call.cancel();
        meet(inTime !== undefined, "an answer before the host's end", `none within ${bench.callMs / 2} ms`);
      }
      call.end();
      mustBeWhole(await answers, [7n, 8n]);
    },
  },
  {
    id: "Q5",
    sentence: "it answers a path that exists with its value, each time the same",
    level: "must",
    fix: "put the value's bytes into value.data as they are stored",
    async check(bench) {
      const session = await bench.speaking("2");
      const path = tokenPath(bench);
      const { metadata } = bench.subject.probes;
      const first = await askOneOf(bench, session, { path, metadata });
      const second = await askOneOf(bench, session, { path, metadata });
      if (first.case !== "value" || second.case !== "value")
        meet(false, "a value", codeText(first.case === "value" ? second : first));
      else meet(Buffer.compare(first.value.data, second.value.data) === 0, "the same value twice", "two values");
    },
  },
  {
    id: "Q6",
    sentence: "a path that is not there is an error of its own result, NOT_FOUND, with a message",
    level: "must",
    fix: "answer the id with error.code CODE_NOT_FOUND and a message; default= and --lax apply to that code alone",
    async check(bench) {
      const session = await bench.speaking("2");
      const result = await askOneOf(bench, session, { path: missingPath(bench) });
      meet(result.case === "error" && result.value.code === Code.NOT_FOUND, "NOT_FOUND", codeText(result));
      meet(result.value.message !== "", "a message", "none");
    },
  },
  {
    id: "Q7",
    sentence: "one request that fails fails no other",
    level: "must",
    fix: "answer what fails with an error in its own result, and keep the stream's status OK",
    async check(bench) {
      const session = await bench.speaking("2");
      const path = tokenPath(bench);
      const { metadata, missing = madeUpPath } = bench.subject.probes;
      const answers = await ask(bench, session, { path: missing }, { path, metadata }, { path: "" });
      mustBeWhole(answers, [0n, 1n, 2n]);
      const result = answers.byId.get(1n)![0]!;
      meet(result.case === "value", "a value beside two failures", codeText(result));
    },
  },
  {
    id: "Q8",
    sentence: "errors carry a code that is known and a message of at most 8 KiB, whatever the path",
    level: "should",
    fix: "set error.code to one of gRPC's status codes, never to 0, and cut messages to 8 KiB",
    async check(bench) {
      const result = await askOneOf(bench, await bench.speaking("2"), { path: "x".repeat(longPathCharacters) });
      if (result.case !== "error") throw new Skipped("it has a value for every path");
      const { code, message } = result.value;
      meet(code !== Code.UNSPECIFIED && Code[code] !== undefined, "a code from 1 to 16", String(code));
      const bytes = Buffer.byteLength(message);
      meet(bytes > 0 && bytes <= maxMessageBytes, `a message of 1 to ${maxMessageBytes} bytes`, `${bytes} bytes`);
    },
  },
  {
    id: "Q9",
    sentence: "a stream that is canceled ends nothing but itself",
    level: "must",
    fix: "stop the store's work when the stream is canceled, and carry on",
    async check(bench) {
      const session = await bench.speaking("2");
      for (let count = 0; count < 5; count++) {
        const call = protocol2(session.client).getValues({ deadlineMs: bench.callMs });
        const answers = collectAnswers(call);
        call.write({ requests: [{ id: 1n, path: madeUpPath }] });
        call.cancel();
        await answers;
      }
      await mustGoOn(bench, session);
    },
  },
  {
    id: "Q10",
    sentence: "several streams and calls go on at once",
    level: "must",
    fix: "share nothing that changes among streams",
    async check(bench) {
      const session = await bench.speaking("2");
      const describes = [1, 2].map(() => protocol2(session.client).describe({}, { deadlineMs: bench.callMs }));
      const streams = [1, 2, 3].map(() => ask(bench, session, anyRequest(bench), anyRequest(bench)));
      for (const answers of await Promise.all(streams)) mustBeWhole(answers, [0n, 1n]);
      await Promise.all(describes);
    },
  },
  {
    id: "Q11",
    sentence: "a message that is none ends nothing but its stream",
    level: "must",
    fix: "answer what cannot be read with an error status, and catch everything that a handler throws",
    async check(bench) {
      const session = await bench.speaking("2");
      const bytes = (value: Buffer): Buffer => value;
      const path = "/configmanager.plugin.v2.TokenStoreService/GetValues";
      const call = session.client.makeBidiStreamRequest(path, bytes, bytes, { deadline: Date.now() + bench.callMs });
      const ended = new Promise((resolve) => call.once("status", resolve));
      call.on("data", () => {}).on("error", () => {});
      call.write(Buffer.of(0xff));
      call.end();
      await ended;
      await mustGoOn(bench, session);
    },
  },
  {
    id: "Q12",
    sentence: "it takes a message of more than 4 MiB",
    level: "must",
    fix: "take away the server's limit for received messages, which is 4 MiB in most gRPC libraries",
    async check(bench) {
      const session = await bench.speaking("2");
      const { metadataKeys } = await protocol2(session.client).describe({}, { deadlineMs: bench.callMs });
      const key = metadataKeys[0]?.name ?? "version";
      await askOneOf(bench, session, { path: madeUpPath, metadata: { [key]: "x".repeat(hugeBytes) } });
      await mustGoOn(bench, session);
    },
  },
];
