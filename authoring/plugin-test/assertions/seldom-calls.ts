/** The calls of app protocol 2 beside `GetValues` (plugin protocol 2, section 2). */
import { randomUUID } from "node:crypto";
import { status } from "@grpc/grpc-js";
import type { DescribeResponse } from "../../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { Code } from "../../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { grpcStatusOf } from "../grpc/grpc-status.ts";
import { isAlive, madeUpPath } from "../alive.ts";
import { type Assertion, meet, Skipped } from "../assertion.ts";
import type { Session, TestBench } from "../bench.ts";
import { endText, failureText, quote, statusName } from "../describe-seen.ts";
import { listedPath, tokenPath, writablePath } from "../probes.ts";
import { askStream, protocol2 } from "../raw-calls.ts";

async function described(bench: TestBench): Promise<Session & { readonly description: DescribeResponse }> {
  const session = await bench.speaking("2");
  const description = await protocol2(session.client).describe({}, { deadlineMs: bench.callMs });
  return { ...session, description };
}

/** The status of a call: OK when it was answered. */
async function statusOf(call: Promise<unknown>): Promise<number> {
  try {
    await call;
    return status.OK;
  } catch (error) {
    const code = grpcStatusOf(error);
    if (code === undefined) throw error;
    return code;
  }
}

/** The paths that a listing names; rejects with its error. */
function listPaths(bench: TestBench, { client }: Session, path: string): Promise<readonly string[]> {
  const stream = protocol2(client).listValues({ path, recursive: true }, { deadlineMs: bench.callMs });
  const paths: string[] = [];
  stream.on("data", ({ values }) => {
    for (const { path: listed } of values) paths.push(listed);
  });
  return new Promise((resolve, reject) => {
    stream.once("error", reject).once("end", () => resolve(paths));
  });
}

/** Q13 to Q22. */
export const seldomAssertions: readonly Assertion[] = [
  {
    id: "Q13",
    sentence: "Describe names its prefix, and metadata and option keys that differ from each other",
    level: "must",
    fix: "answer Describe with the prefix in upper case (A-Z, 0-9, _) and each key once",
    async check(bench) {
      const { description } = await described(bench);
      const { prefix, metadataKeys, optionKeys } = description;
      meet(/^[A-Z][A-Z0-9_]*$/.test(prefix), "a prefix of A-Z, 0-9 and _", quote(prefix));
      for (const keys of [metadataKeys, optionKeys]) {
        const names = keys.map(({ name }) => name);
        meet(!names.includes(""), "a name for each key", "a key without one");
        meet(new Set(names).size === names.length, "each key once", quote(names.join(", ")));
      }
    },
  },
  {
    id: "Q14",
    sentence: "Describe says its version, what it is, and how its paths look",
    level: "should",
    fix: "fill version, summary and path_form: doctor and check show them",
    async check(bench) {
      const { description } = await described(bench);
      const { version, summary, pathForm } = description;
      for (const [name, text] of Object.entries({ version, summary, path_form: pathForm })) {
        meet(text !== "", `a text in ${name}`, "none");
      }
    },
  },
  {
    id: "Q15",
    sentence: "a metadata key that it does not know fails its request with INVALID_ARGUMENT",
    level: "should",
    fix: "compare the keys of a request with those of Describe, and name the nearest one in the hint",
    async check(bench) {
      const { description, client } = await described(bench);
      if (description.anyMetadata) throw new Skipped("it takes any metadata");
      const metadata = { "no-such-key-of-metadata": "1" };
      const results = await askStream(client, [{ path: madeUpPath, metadata }], bench.callMs);
      const result = results.get(madeUpPath);
      const code = result?.case === "error" ? result.value.code : undefined;
      meet(
        code === Code.INVALID_ARGUMENT,
        "INVALID_ARGUMENT",
        code === undefined ? "a value" : (Code[code] ?? String(code)),
      );
    },
  },
  {
    id: "Q16",
    sentence: "Configure refuses an option that it does not know with INVALID_ARGUMENT, naming it",
    level: "must",
    fix: "compare the options with those of Describe; answer INVALID_ARGUMENT with the option's name in the message",
    async check(bench) {
      const { plugin, client, line } = await bench.open({ PLUGIN_PROTOCOL_VERSIONS: "2" });
      if (line.appVersion !== "2") throw new Skipped("it does not speak protocol 2");
      const options = { "no-such-option": "1" };
      const failure = await protocol2(client)
        .configure({ options }, { deadlineMs: bench.callMs })
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      await bench.end(plugin);
      const code = failure === undefined ? status.OK : grpcStatusOf(failure);
      // One without options may leave the call out: a host sends it only when there are some.
      if (code === status.UNIMPLEMENTED) throw new Skipped("it takes no options");
      meet(code === status.INVALID_ARGUMENT, "INVALID_ARGUMENT", failure === undefined ? "OK" : failureText(failure));
      meet(failureText(failure).includes("no-such-option"), "the option's name in the message", failureText(failure));
    },
  },
  {
    id: "Q17",
    sentence: "Describe is answered also after values were asked",
    level: "must",
    fix: "keep the stream of values and the other calls apart",
    async check(bench) {
      const session = await described(bench);
      await askStream(session.client, [{ path: madeUpPath }], bench.callMs);
      await protocol2(session.client).describe({}, { deadlineMs: bench.callMs });
    },
  },
  {
    id: "Q18",
    sentence: "when it cannot write, PutValue is UNIMPLEMENTED",
    level: "must",
    fix: "answer PutValue with UNIMPLEMENTED, or say can_put in Describe",
    async check(bench) {
      const { description, client } = await described(bench);
      if (description.canPut) throw new Skipped("it says that it can write");
      const code = await statusOf(protocol2(client).putValue({ path: madeUpPath }, { deadlineMs: bench.callMs }));
      meet(code === status.UNIMPLEMENTED, "UNIMPLEMENTED", statusName(code));
    },
  },
  {
    id: "Q19",
    sentence: "when it cannot list, ListValues is UNIMPLEMENTED",
    level: "must",
    fix: "answer ListValues with UNIMPLEMENTED, or say can_list in Describe",
    async check(bench) {
      const session = await described(bench);
      if (session.description.canList) throw new Skipped("it says that it can list");
      const code = await statusOf(listPaths(bench, session, madeUpPath));
      meet(code === status.UNIMPLEMENTED, "UNIMPLEMENTED", statusName(code));
    },
  },
  {
    id: "Q20",
    sentence: "what PutValue has written is what GetValues reads, byte for byte",
    level: "must",
    fix: "store the bytes of data as they are, and answer only when they are stored",
    async check(bench) {
      const { description, client } = await described(bench);
      if (!description.canPut) throw new Skipped("it says that it cannot write");
      const path = writablePath(bench);
      const data = Buffer.from(`configmanager-plugin-test ${randomUUID()} größer\n`);
      await protocol2(client).putValue({ path, data }, { deadlineMs: bench.callMs });
      const result = (await askStream(client, [{ path }], bench.callMs)).get(path);
      const isSame = result?.case === "value" && Buffer.compare(result.value.data, data) === 0;
      meet(isSame, "the bytes that were written", result?.case === "value" ? "other bytes" : "an error");
    },
  },
  {
    id: "Q21",
    sentence: "with create_only PutValue overwrites nothing",
    level: "must",
    fix: "refuse with ALREADY_EXISTS when create_only is set and the path has a value",
    async check(bench) {
      const { description, client } = await described(bench);
      if (!description.canPut) throw new Skipped("it says that it cannot write");
      const request = { path: writablePath(bench), data: Buffer.from("configmanager-plugin-test") };
      await protocol2(client).putValue(request, { deadlineMs: bench.callMs });
      const again = protocol2(client).putValue({ ...request, createOnly: true }, { deadlineMs: bench.callMs });
      const code = await statusOf(again);
      meet(code !== status.OK, "ALREADY_EXISTS", "OK");
    },
  },
  {
    id: "Q22",
    sentence: "ListValues names each path once, and ends with OK",
    level: "must",
    fix: "stream each path below the one that is asked for once, then end the stream",
    async check(bench) {
      const session = await described(bench);
      if (!session.description.canList) throw new Skipped("it says that it cannot list");
      const paths = await listPaths(bench, session, listedPath(bench));
      meet(paths.length > 0, "at least one path", "none");
      meet(new Set(paths).size === paths.length, "each path once", "one of them twice");
      meet(!paths.includes(""), "a path with each value", "an empty one");
      meet(await isAlive(bench, session), "a plugin that still answers", endText(session.plugin));
    },
  },
  {
    id: "Q23",
    sentence: "a required metadata key that is missing is not taken for a value",
    level: "should",
    fix: "fail a request that lacks a required key with INVALID_ARGUMENT",
    async check(bench) {
      const { description, client } = await described(bench);
      if (!description.metadataKeys.some(({ required }) => required)) throw new Skipped("it requires no metadata");
      const path = tokenPath(bench);
      const result = (await askStream(client, [{ path }], bench.callMs)).get(path);
      meet(result?.case === "error", "an error", "a value");
    },
  },
];
