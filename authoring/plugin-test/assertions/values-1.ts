/** Values on app protocol 1 (go-plugin protocol, sections 5.8 and 11.2). */
import { status } from "@grpc/grpc-js";
import { grpcStatusOf } from "../grpc/grpc-status.ts";
import { isAlive, madeUpPath } from "../alive.ts";
import { type Assertion, meet, Skipped } from "../assertion.ts";
import type { Session, TestBench } from "../bench.ts";
import { endText, failureText, statusName } from "../describe-seen.ts";
import { missingPath, tokenPath } from "../probes.ts";
import { askOne, protocol1 } from "../raw-calls.ts";

const parallelCalls = 50;
const longPathCharacters = 16 * 1024;
const hugeBytes = 5 * 1024 * 1024;
const maxMessageBytes = 8 * 1024;

/** What a call came to, without its value. */
type Outcome = { readonly value: string } | { readonly code: number; readonly details: string; readonly text: string };

async function outcomeOf(call: Promise<string>): Promise<Outcome> {
  try {
    return { value: await call };
  } catch (error) {
    const code = grpcStatusOf(error);
    if (code === undefined) throw error;
    const details = error instanceof Error && "details" in error ? String(error.details) : "";
    return { code, details, text: failureText(error) };
  }
}

function metadataText({ subject }: TestBench): string {
  const { metadata } = subject.probes;
  return Object.keys(metadata).length === 0 ? "" : JSON.stringify(metadata);
}

/** The value of the token's path; fails, without showing anything of it, when there is none. */
async function readValue(bench: TestBench, session: Session, metadata: string): Promise<string> {
  const outcome = await outcomeOf(askOne(session.client, tokenPath(bench), metadata, bench.callMs));
  if ("value" in outcome) return outcome.value;
  meet(false, "a value", outcome.text);
}

async function mustGoOn(bench: TestBench, session: Session): Promise<void> {
  meet(await isAlive(bench, session), "a plugin that still answers", endText(session.plugin));
}

/** V1 to V9, and what the checklist says of single calls. */
export const valueAssertions: readonly Assertion[] = [
  {
    id: "V1",
    sentence: "it serves proto.TokenStore/Value",
    level: "must",
    fix: "register the service TokenStore of the package proto, with its rpc Value (proto/token_store.proto)",
    async check(bench) {
      const { client } = await bench.speaking("1");
      const outcome = await outcomeOf(askOne(client, bench.subject.probes.token ?? madeUpPath, "", bench.callMs));
      const code = "value" in outcome ? status.OK : outcome.code;
      meet(code !== status.UNIMPLEMENTED, "a value, or an error of the store", statusName(code));
      meet(code !== status.DEADLINE_EXCEEDED, `an answer within ${bench.callMs} ms`, "none");
    },
  },
  {
    id: "V2",
    sentence: "it answers a path that exists with its value, each time the same",
    level: "must",
    fix: "answer TokenValueResponse with the value as it is stored, and the error of the store as a gRPC error",
    async check(bench) {
      const session = await bench.speaking("1");
      tokenPath(bench);
      const first = await readValue(bench, session, metadataText(bench));
      const second = await readValue(bench, session, metadataText(bench));
      meet(first === second, "the same value twice", "two values");
    },
  },
  {
    id: "V3",
    sentence: 'it reads metadata that is empty, "{}", or a JSON object of strings',
    level: "must",
    fix: "take no bytes at all for no metadata, and parse the rest as a JSON object of strings",
    async check(bench) {
      const session = await bench.speaking("1");
      tokenPath(bench);
      const given = metadataText(bench);
      if (given !== "") await readValue(bench, session, given);
      else for (const metadata of ["", "{}"]) await readValue(bench, session, metadata);
    },
  },
  {
    id: "V4",
    sentence: "a path that is not there is an error, with a message",
    level: "must",
    fix: "return an error that says what was not found; an empty value would be written into files",
    async check(bench) {
      const { client } = await bench.speaking("1");
      const path = missingPath(bench);
      const outcome = await outcomeOf(askOne(client, path, "", bench.callMs));
      if ("value" in outcome) meet(false, "an error", outcome.value === "" ? "an empty value" : "a value");
      else meet(outcome.details !== "", "an error with a message", outcome.text);
    },
  },
  {
    id: "V5",
    sentence: "the status of that error is NOT_FOUND",
    level: "should",
    fix: "answer with the gRPC status NOT_FOUND, so that default= and --lax apply to what is missing and to nothing else",
    async check(bench) {
      const { client } = await bench.speaking("1");
      const path = missingPath(bench);
      const outcome = await outcomeOf(askOne(client, path, "", bench.callMs));
      if ("value" in outcome) throw new Skipped("it answers with a value (V4)");
      meet(outcome.code === status.NOT_FOUND, "NOT_FOUND", outcome.text);
    },
  },
  {
    id: "V6",
    sentence: "an empty path, metadata that is no text, and a message that is none end nothing but their call",
    level: "must",
    fix: "answer what cannot be understood with an error, INVALID_ARGUMENT for choice, and catch everything that a handler throws",
    async check(bench) {
      const session = await bench.speaking("1");
      const { client } = session;
      await outcomeOf(askOne(client, "", "", bench.callMs));
      await outcomeOf(askOne(client, madeUpPath, '{"a":', bench.callMs));
      const badBytes = protocol1(client).value(
        { token: madeUpPath, metadata: Uint8Array.of(0xff, 0xfe) },
        { deadlineMs: bench.callMs },
      );
      await outcomeOf(badBytes.then(({ value }) => value));
      await new Promise<void>((resolve) => {
        const bytes = (value: Buffer): Buffer => value;
        const deadline = { deadline: Date.now() + bench.callMs };
        client.makeUnaryRequest("/proto.TokenStore/Value", bytes, bytes, Buffer.of(0xff), deadline, () => resolve());
      });
      await mustGoOn(bench, session);
    },
  },
  {
    id: "V7",
    sentence: "a call that is canceled ends nothing but itself",
    level: "must",
    fix: "let a handler end when its call is canceled, and carry on",
    async check(bench) {
      const session = await bench.speaking("1");
      for (let count = 0; count < 5; count++) {
        const abort = new AbortController();
        const call = protocol1(session.client).value({ token: madeUpPath }, { signal: abort.signal });
        abort.abort();
        await call.catch(() => {});
      }
      await mustGoOn(bench, session);
    },
  },
  {
    id: "P27",
    sentence: `it answers ${parallelCalls} calls that are made at once, each for itself`,
    level: "must",
    fix: "share nothing that changes among calls, and do not take them one at a time: hosts ask for many values at once",
    async check(bench) {
      const session = await bench.speaking("1");
      const { token, missing } = bench.subject.probes;
      const paths = token === undefined ? [madeUpPath] : [token, missing ?? madeUpPath];
      const alone = await Promise.all(paths.map((path) => ask(path)));
      const calls = Array.from({ length: parallelCalls }, (_, index) => ask(paths[index % paths.length]!));
      for (const [index, outcome] of (await Promise.all(calls)).entries()) {
        const first = alone[index % paths.length]!;
        const isSame = "value" in outcome ? "value" in first && first.value === outcome.value : !("value" in first);
        const what = "value" in outcome ? "a value" : outcome.text;
        meet(isSame, "the same answer as for one call alone", what);
        meet("value" in outcome || outcome.code !== status.DEADLINE_EXCEEDED, "an answer to each", what);
      }

      function ask(path: string): Promise<Outcome> {
        const metadata = path === token ? metadataText(bench) : "";
        return outcomeOf(askOne(session.client, path, metadata, bench.callMs));
      }
    },
  },
  {
    id: "P29",
    sentence: "its error messages have at most 8 KiB, whatever the path",
    level: "should",
    fix: "cut messages to 8 KiB: a status above 64 KiB stops the whole connection with some gRPC libraries",
    async check(bench) {
      const { client } = await bench.speaking("1");
      const outcome = await outcomeOf(askOne(client, "x".repeat(longPathCharacters), "", bench.callMs));
      if ("value" in outcome) throw new Skipped("it has a value for every path");
      const bytes = Buffer.byteLength(outcome.details);
      meet(bytes <= maxMessageBytes, `at most ${maxMessageBytes} bytes`, `${bytes} bytes`);
    },
  },
  {
    id: "P30",
    sentence: "it takes a request of more than 4 MiB",
    level: "should",
    fix: "raise the server's limit for received messages, which is 4 MiB in most gRPC libraries",
    async check(bench) {
      const session = await bench.speaking("1");
      const request = { token: madeUpPath, metadata: Buffer.from(JSON.stringify({ version: "x".repeat(hugeBytes) })) };
      const call = protocol1(session.client).value(request, { deadlineMs: bench.callMs });
      const outcome = await outcomeOf(call.then(({ value }) => value));
      const isRefused = !("value" in outcome) && outcome.code === status.RESOURCE_EXHAUSTED;
      meet(!isRefused, "an answer of the store", "value" in outcome ? "" : outcome.text);
      await mustGoOn(bench, session);
    },
  },
];
