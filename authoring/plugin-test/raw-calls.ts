/** The calls of both app protocols as a host makes them, by the runtime of protobuf and not by what `host/` writes by hand. */
import type { Client, ServiceError } from "@grpc/grpc-js";
import { TokenStoreService, type ValueResult } from "../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { TokenStore } from "../../internal/gen/proto/token_store_pb.js";
import { createClient, type ServiceClient } from "./grpc/grpc-service.ts";

/** One value to be asked for over the stream of app protocol 2. */
export interface RawRequest {
  readonly path: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What app protocol 2 answered to one request. */
export type RawResult = ValueResult["result"];

/** The stream of app protocol 2. */
export type ValueStream = ReturnType<ReturnType<typeof protocol2>["getValues"]>;

/** The calls of app protocol 1. */
export function protocol1(client: Client): ServiceClient<(typeof TokenStore)["method"]> {
  return createClient(TokenStore, client);
}

/** The calls of app protocol 2. */
export function protocol2(client: Client): ServiceClient<(typeof TokenStoreService)["method"]> {
  return createClient(TokenStoreService, client);
}

/** One value on app protocol 1; metadata as the bytes of its text. */
export async function askOne(client: Client, token: string, metadata = "", deadlineMs?: number): Promise<string> {
  const { value } = await protocol1(client).value({ token, metadata: Buffer.from(metadata) }, { deadlineMs });
  return value;
}

/** The error of a call that must fail. */
export async function failureOf(call: Promise<unknown>): Promise<ServiceError> {
  return call.then(
    () => Promise.reject(new Error("the call was answered")),
    (error: unknown) => error as ServiceError,
  );
}

/** Requests with the ids 0, 1, 2, …, as one message. */
export function numbered(requests: readonly RawRequest[]): readonly (RawRequest & { readonly id: bigint })[] {
  return requests.map(({ path, metadata = {} }, index) => ({ id: BigInt(index), path, metadata }));
}

/** What a stream of app protocol 2 has answered, answer by answer. */
export interface RawAnswers {
  /** The results of each id, in the order in which they came; one for each id is what a host takes. */
  readonly byId: ReadonlyMap<bigint, readonly RawResult[]>;
  /** The status that the stream ended with; 0 when it ended well. */
  readonly code: number;
  readonly details: string;
}

/** Writes the messages, half-closes, and reads all answers. */
export function askMessages(
  client: Client,
  messages: readonly (readonly (RawRequest & { readonly id: bigint })[])[],
  deadlineMs?: number,
): Promise<RawAnswers> {
  const call = protocol2(client).getValues({ deadlineMs });
  const answers = collectAnswers(call);
  for (const requests of messages)
    call.write({ requests: requests.map(({ id, path, metadata = {} }) => ({ id, path, metadata: { ...metadata } })) });
  call.end();
  return answers;
}

/** Reads a stream to its end; resolves whatever that is. */
export async function collectAnswers(call: ValueStream): Promise<RawAnswers> {
  const byId = new Map<bigint, RawResult[]>();
  call.on("data", ({ results }) => {
    for (const { id, result } of results) byId.set(id, [...(byId.get(id) ?? []), result]);
  });
  // What is wrong comes with the status, too.
  call.on("error", () => {});
  const ended = new Promise((resolve) => call.once("end", resolve));
  const status = await new Promise<{ code: number; details: string }>((resolve) => call.once("status", resolve));
  await ended;
  return { byId, code: status.code, details: status.details };
}

/** Values on app protocol 2 by path, over one stream; in the order of the answers. Rejects when one is answered twice. */
export async function askStream(
  client: Client,
  requests: readonly RawRequest[],
  deadlineMs?: number,
): Promise<ReadonlyMap<string, RawResult>> {
  const { byId, code, details } = await askMessages(client, [numbered(requests)], deadlineMs);
  if (code !== 0) throw Object.assign(new Error(`the stream ended with status ${code}: ${details}`), { code, details });
  const results = new Map<string, RawResult>();
  for (const [id, answers] of byId) {
    const { path } = requests[Number(id)]!;
    if (results.has(path) || answers.length !== 1) throw new Error(`"${path}" was answered twice`);
    results.set(path, answers[0]!);
  }
  return results;
}
