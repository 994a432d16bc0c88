/** Whether a plugin still answers, told without knowing what its store holds. */
import { status } from "@grpc/grpc-js";
import { TokenStore } from "../../internal/gen/proto/token_store_pb.js";
import { Health } from "../../internal/gen/grpc/health/v1/health_pb.js";
import { createClient } from "./grpc/grpc-service.ts";
import { grpcStatusOf } from "./grpc/grpc-status.ts";
import type { Session, TestBench } from "./bench.ts";
import { protocol2 } from "./raw-calls.ts";

/** What no store holds, unless somebody means to. */
export const madeUpPath = "configmanager-plugin-test/no-such-path";

/** A round trip that never asks the store: the plugin's health, and where it has none an error of its own. */
export async function isAlive(bench: TestBench, session: Session): Promise<boolean> {
  return (await lifeFailure(bench, session)) === undefined;
}

/** Why such a round trip has failed; undefined when it has not. */
export async function lifeFailure(bench: TestBench, { client }: Pick<Session, "client">): Promise<unknown> {
  try {
    await createClient(Health, client).check({ service: "plugin" }, { deadlineMs: bench.callMs });
    return undefined;
  } catch (error) {
    const code = grpcStatusOf(error);
    return code === undefined || code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED ? error : undefined;
  }
}

/** Gives the plugin something to do, a path that is not there or what it says of itself, and takes whatever comes. */
export async function askAnything(bench: TestBench, { client, line }: Session): Promise<void> {
  const options = { deadlineMs: bench.callMs };
  const call =
    line.appVersion === "2"
      ? protocol2(client).describe({}, options)
      : createClient(TokenStore, client).value({ token: madeUpPath, metadata: new Uint8Array() }, options);
  await call.then(
    () => {},
    () => {},
  );
}
