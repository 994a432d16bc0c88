/** What the tests of the plugins for AWS have in common: the built plugin as a process, and answers in the words of AWS. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { openTestStore, type TestAnswer, type TestListAnswer, type TestStore } from "configmanager/plugin/testing";
import { onTestFinished } from "vitest";
import { buildTestPlugins } from "../helpers/build-once.ts";
import {
  type Answer,
  json,
  type RecordedRequest,
  type Script,
  type ScriptedServer,
  startScriptedServer,
} from "./scripted-server.ts";

/** An environment. */
export type Env = Readonly<Record<string, string | undefined>>;

/** A folder of its own for the test that runs. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "cm-aws-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** What every plugin of AWS needs, and nothing that leads it out of this machine: no profile, no instance metadata. */
export function bareEnv(): Env {
  return { PATH: process.env["PATH"], HOME: temporaryFolder(), AWS_EC2_METADATA_DISABLED: "true" };
}

/** `bareEnv` with a region, made-up keys, and a server for whatever service. */
export function serverEnv(url: string): Env {
  return { ...bareEnv(), ...keysOf("one"), AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL: url };
}

/** Variables with made-up keys, by which `askedBy` tells who asked. */
export function keysOf(name: string): Env {
  return { AWS_ACCESS_KEY_ID: `key-of-${name}`, AWS_SECRET_ACCESS_KEY: `made-up-${name}` };
}

/** The access key of a request's signature. */
export function askedBy(request: RecordedRequest | undefined): string | undefined {
  return /Credential=([^/]+)\//.exec(request?.headers.authorization ?? "")?.[1];
}

/** The region of a request's signature. */
export function regionOf(request: RecordedRequest | undefined): string | undefined {
  return /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request?.headers.authorization ?? "")?.[1];
}

/** The operation that a request asks for: `GetParameters`. */
export function operationOf(request: RecordedRequest | undefined): string {
  return String(request?.headers["x-amz-target"]).replace(/^.*\./, "");
}

/** The input of a request. */
export function inputOf(request: RecordedRequest | undefined): Record<string, unknown> {
  return JSON.parse(request?.text ?? "null") as Record<string, unknown>;
}

/** A refusal as services that speak JSON put it. */
export function refusal(type: string, message = "", status = 400, headers: Record<string, string> = {}): Answer {
  return json({ __type: type, message }, status, { "x-amzn-requestid": "made-up-request-id", ...headers });
}

/** A server for the test that runs. */
export async function serve(script: Script): Promise<ScriptedServer> {
  const server = await startScriptedServer(script);
  onTestFinished(() => server.close());
  return server;
}

/** The built plugin, running for the test that runs. */
export async function open(plugin: string, env: Env, protocol: 1 | 2 = 2): Promise<TestStore> {
  const executable = (await buildTestPlugins()).file(plugin);
  const store = await openTestStore({ executable, env, cwd: tmpdir(), protocol });
  onTestFinished(() => store.close());
  return store;
}

/** The text of an answer that must be a value. */
export function textOf(answer: TestAnswer | undefined): string {
  if (answer === undefined) throw new Error("there is no answer");
  if (!answer.ok) throw new Error(`the store answered ${answer.code}: ${answer.message}`);
  return Buffer.from(answer.data).toString();
}

/** What a listing that must succeed has: path, text and version of each value. */
export function listedOf(answer: TestListAnswer): [path: string, text: string, version: string][] {
  if (!answer.ok) throw new Error(`the store answered ${answer.code}: ${answer.message}`);
  return answer.values.map(({ path, data, version }) => [path, Buffer.from(data).toString(), version]);
}
