/** go-plugin's own services, and the channel they are on (go-plugin protocol, sections 3.2, 5 and 11.2). */
import { existsSync } from "node:fs";
import { type Client, status } from "@grpc/grpc-js";
import {
  Health,
  HealthCheckResponse_ServingStatus as Serving,
} from "../../../internal/gen/grpc/health/v1/health_pb.js";
import { GRPCBroker } from "../../../internal/gen/plugin/grpc_broker_pb.js";
import { GRPCStdio } from "../../../internal/gen/plugin/grpc_stdio_pb.js";
import { createClient } from "../grpc/grpc-service.ts";
import { grpcStatusOf } from "../grpc/grpc-status.ts";
import { askAnything, isAlive } from "../alive.ts";
import { type Assertion, meet, Skipped } from "../assertion.ts";
import type { Session, TestBench } from "../bench.ts";
import { endText, exitText, statusName } from "../describe-seen.ts";
import { within } from "../within.ts";

const quickExitMs = 500;
const deaf = "Shutdown does not end it (P18)";

/** The code that a stream ended with; undefined when it is open after a moment. */
async function endWithin(stream: NodeJS.EventEmitter, ms: number): Promise<number | undefined> {
  stream.on("data", () => {}).on("error", () => {});
  const ended = new Promise<{ code: number }>((resolve) => stream.once("status", resolve));
  return (await within(ended, ms))?.code;
}

async function mustShutDown(bench: TestBench, session: Session): Promise<void> {
  const isGone = await bench.shutDown(session);
  const { plugin } = session;
  const seen = endText(plugin);
  if (!isGone) await bench.end(plugin);
  meet(isGone, `its exit within ${bench.shutdownMs} ms of Shutdown`, seen);
}

/** P17 to P22, P26, P35 to P37. */
export const serviceAssertions: readonly Assertion[] = [
  {
    id: "P17",
    sentence: 'the health of the service "plugin", and of "", is SERVING',
    level: "should",
    fix: 'register grpc.health.v1.Health and set "plugin" and "" to SERVING: go-plugin hosts ping that',
    async check(bench) {
      const { client } = await bench.either();
      for (const service of ["plugin", ""]) {
        const answer = await createClient(Health, client).check({ service }, { deadlineMs: bench.callMs });
        meet(
          answer.status === Serving.SERVING,
          `SERVING for "${service}"`,
          Serving[answer.status] ?? String(answer.status),
        );
      }
    },
  },
  {
    id: "P17b",
    sentence: "the health of an unknown service is NOT_FOUND",
    level: "should",
    fix: "answer Check for other names with the status NOT_FOUND",
    async check(bench) {
      const { client } = await bench.either();
      const answer = await createClient(Health, client)
        .check({ service: "no.such.Service" }, { deadlineMs: bench.callMs })
        .then(({ status: serving }) => Serving[serving] ?? String(serving), grpcStatusOf);
      if (answer === status.UNIMPLEMENTED) throw new Skipped("it has no health (P17)");
      const seen = typeof answer === "number" ? statusName(answer) : (answer ?? "no status");
      meet(answer === status.NOT_FOUND, "NOT_FOUND", seen);
    },
  },
  {
    id: "P18",
    sentence: "GRPCController/Shutdown ends it within 2 s, with exit code 0, and its socket is gone",
    level: "must",
    fix: "serve plugin.GRPCController; on Shutdown answer, stop the server, remove the socket and exit with 0",
    async check(bench) {
      const session = await bench.open();
      await mustShutDown(bench, session);
      const { plugin, line } = session;
      meet(plugin.exit?.code === 0, "exit code 0", plugin.exit === undefined ? "still running" : exitText(plugin.exit));
      meet(
        line.network !== "unix" || !existsSync(line.address),
        "its socket removed",
        "the socket's file is still there",
      );
    },
  },
  {
    id: "P19",
    sentence: "Shutdown ends it also while streams and calls are open",
    level: "must",
    fix: "end open streams on Shutdown instead of waiting for them",
    async check(bench) {
      if (bench.isDeafToShutdown) throw new Skipped(deaf);
      const session = await bench.open();
      const watch = createClient(Health, session.client).watch({ service: "plugin" });
      watch.on("data", () => {}).on("error", () => {});
      await askAnything(bench, session);
      await mustShutDown(bench, session);
    },
  },
  {
    id: "P20",
    sentence: "GRPCStdio/StreamStdio stays open, or ends well",
    level: "must",
    fix: "keep the stream open and send nothing when there is nothing; leave the service out when you have no use for it",
    async check(bench) {
      const { plugin, client } = await bench.open();
      const code = await endWithin(createClient(GRPCStdio, client).streamStdio({}), 300);
      await bench.end(plugin);
      if (code === status.UNIMPLEMENTED) throw new Skipped("it does not serve GRPCStdio, which is allowed");
      // The one that hosts open is open already, and a plugin may serve a single one.
      const isFine = code === undefined || code === status.OK || code === status.UNAVAILABLE;
      meet(isFine, "no end, or the status OK", statusName(code ?? 0));
    },
  },
  {
    id: "P22",
    sentence: "GRPCBroker/StartStream takes what nobody asked for, and ends when the host does",
    level: "should",
    fix: "ignore ConnInfo messages with unknown ids and end the stream when the host half-closes; or leave the service out",
    async check(bench) {
      const session = await bench.open();
      const stream = createClient(GRPCBroker, session.client).startStream();
      for (let serviceId = 1000; serviceId < 1010; serviceId++) {
        stream.write({ serviceId, network: "unix", address: "/nowhere" });
      }
      stream.end();
      const code = await endWithin(stream, 2000);
      if (code === status.UNIMPLEMENTED) throw new Skipped("it does not serve GRPCBroker, which is allowed");
      meet(await isAlive(bench, session), "a plugin that still answers", endText(session.plugin));
      meet(code !== undefined, "the end of the stream", "an open stream after 2 s");
    },
  },
  {
    id: "P26",
    sentence: "it takes every :authority",
    level: "must",
    fix: "do not look at :authority: a Go host sends unused, or localhost under AutoMTLS",
    async check(bench) {
      const { plugin, line } = await bench.start();
      for (const authority of ["unused", "localhost", "anything.example:1"]) {
        const client = await plugin.connect(undefined, { "grpc.default_authority": authority });
        meet(await isAlive(bench, { plugin, line, client }), `an answer for ${authority}`, "none");
      }
      await bench.end(plugin);
    },
  },
  {
    id: "P37",
    sentence: "it takes a second connection beside the first, and one after all were closed",
    level: "should",
    fix: "go on listening, and do not exit when a connection ends",
    async check(bench) {
      const { plugin, line } = await bench.start();
      const clients: Client[] = [await plugin.connect(), await plugin.connect()];
      for (const client of clients) meet(await isAlive(bench, { plugin, line, client }), "an answer on each", "none");
      plugin.closeClients();
      const client = await plugin.connect();
      meet(await isAlive(bench, { plugin, line, client }), "an answer after all were closed", endText(plugin));
      await bench.end(plugin);
    },
  },
  {
    id: "P36",
    sentence: "nothing that it has started holds its stdout or stderr when it has exited",
    level: "must",
    fix: "give child processes pipes or files of their own for stdout and stderr, and end them: a Go host waits for both for ever",
    async check(bench) {
      if (bench.isDeafToShutdown) throw new Skipped(deaf);
      const session = await bench.open();
      await askAnything(bench, session);
      if (!(await bench.shutDown(session))) throw new Skipped(deaf);
      const isClosed = (await within(session.plugin.exited, 1000)) !== undefined;
      await bench.end(session.plugin);
      meet(isClosed, "the end of stdout and stderr at its exit", "somebody holds them a second later");
    },
  },
  {
    id: "P35",
    sentence: `an idle plugin is gone within ${quickExitMs} ms of Shutdown`,
    level: "should",
    fix: "exit as soon as Shutdown is answered: every run waits for it",
    async check(bench) {
      if (bench.shutdownTimesMs.length === 0) await bench.shutDown(await bench.open());
      if (bench.shutdownTimesMs.length === 0) throw new Skipped(deaf);
      const best = Math.round(Math.min(...bench.shutdownTimesMs));
      meet(best <= quickExitMs, `at most ${quickExitMs} ms`, `${best} ms`);
    },
  },
  {
    id: "V8",
    sentence: "a call of a service that is not there is UNIMPLEMENTED, and it goes on",
    level: "must",
    fix: "answer unknown methods with the status UNIMPLEMENTED, as gRPC servers do by themselves",
    async check(bench) {
      const session = await bench.either();
      const code = await new Promise<number>((resolve) => {
        const bytes = (value: Buffer): Buffer => value;
        const deadline = { deadline: Date.now() + bench.callMs };
        session.client.makeUnaryRequest("/no.such.Service/Call", bytes, bytes, Buffer.alloc(0), deadline, (error) =>
          resolve(error?.code ?? 0),
        );
      });
      meet(code === status.UNIMPLEMENTED, "UNIMPLEMENTED", statusName(code));
      meet(await isAlive(bench, session), "a plugin that still answers", endText(session.plugin));
    },
  },
];
