import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import { type Connections, createConnections } from "configmanager/plugin";
import type { TestStore } from "configmanager/plugin/testing";
import { GoogleAuth, type AuthClient } from "google-auth-library";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GoogleCloud, startGoogleCloud } from "../../../test/servers/gcp-cloud.ts";
import { type GcpEmulator, startGcpEmulator } from "../../../test/servers/gcp-emulator.ts";
import { describeWith, requireInstalled } from "../../../test/servers/installed.ts";

const payloads = {
  text: "value",
  json: '{\n  "a": 1.10\n}\n',
  unicode: "größe 🔑\u0000\r\n",
  bytes: Uint8Array.from({ length: 1024 }, (_unset, index) => (index * 7) % 256),
  large: Uint8Array.from({ length: 64 * 1024 }, (_unset, index) => index % 251),
} as const;
const names = Object.keys(payloads) as (keyof typeof payloads)[];

describe("the library's own client, as the oracle", () => {
  let google: GoogleCloud;
  let store: TestStore;
  let client: AuthClient;
  let connections: Connections;
  beforeAll(async () => {
    const secrets = Object.fromEntries(
      names.map((name) => [`projects/p/secrets/${name}`, [{ data: "old" }, { data: payloads[name] }]]),
    );
    google = await startGoogleCloud({ secrets, mayRead: (_email, secret) => !secret.endsWith("denied") });
    store = await google.open();
    connections = createConnections({ env: google.cloud.env, caPem: [google.cloud.ca.caPem] });
    const auth = new GoogleAuth({
      keyFilename: google.env["GOOGLE_APPLICATION_CREDENTIALS"] ?? "",
      scopes: ["https://www.googleapis.com/auth/cloud-platform"],
      clientOptions: { transporterOptions: { agent: connections.httpsAgent } },
    });
    auth.useJWTAccessWithScope = true;
    client = await auth.getClient();
  });
  afterAll(async () => {
    connections.close();
    await google.close();
  });

  const access = (name: string): ReturnType<AuthClient["request"]> =>
    client.request({ url: `https://secretmanager.googleapis.com/v1/${name}:access` });

  it.each(names)("gets the same bytes and the same version of %s", async (name) => {
    const { data } = await access(`projects/p/secrets/${name}/versions/latest`);
    const theirs = data as { name: string; payload: { data: string } };
    const [ours] = await store.ask([{ path: `p/${name}` }]);
    expect(ours).toMatchObject({ ok: true, version: theirs.name.split("/").at(-1) });
    expect(ours?.ok === true && Buffer.from(ours.data).toString("base64")).toBe(theirs.payload.data);
  });

  it("sends the same request", async () => {
    await access("projects/p/secrets/text/versions/1");
    await store.ask([{ path: "p/text", metadata: { version: "1" } }]);
    const [theirs, ours] = google.rest.requests.slice(-2);
    expect([ours?.method, ours?.host, ours?.url]).toEqual([theirs?.method, theirs?.host, theirs?.url]);
    const [theirClaims, ourClaims] = google.rest.accesses.slice(-2).map(({ claims }) => claims);
    const { iat, exp, ...rest } = theirClaims ?? {};
    expect(ourClaims).toMatchObject(rest);
    expect(Number(ourClaims?.["exp"]) - Number(ourClaims?.["iat"])).toBe(Number(exp) - Number(iat));
  });

  it.each(["projects/p/secrets/none", "projects/p/secrets/denied"])("fails alike for %s", async (secret) => {
    const theirs = await access(`${secret}/versions/latest`).catch((error: unknown) => error);
    const { error } = (theirs as { response: { data: { error: { status: string } } } }).response.data;
    const [ours] = await store.ask([{ path: secret }]);
    expect(ours).toMatchObject({ ok: false, code: error.status });
  });
});

const httpStatuses: Readonly<Record<string, number>> = { PERMISSION_DENIED: 403, NOT_FOUND: 404 };

describeWith("google-client", "Google's own client, as the oracle", () => {
  it("gets the same bytes, versions and errors", async () => {
    const secrets = Object.fromEntries(
      names.map((name) => [`projects/p/secrets/${name}`, [{ data: "old" }, { data: payloads[name] }]]),
    );
    const google = await startGoogleCloud({ secrets, mayRead: (_email, secret) => !secret.endsWith("json") });
    const server = createServer(google.rest.handler).listen(0, "127.0.0.1");
    try {
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const asked = ["text", "unicode", "bytes", "large", "json", "none"].map((name) => `projects/p/secrets/${name}`);
      const versions = asked.map((secret, index) => `${secret}/versions/${index % 2 === 0 ? "latest" : "1"}`);
      const script = join(import.meta.dirname, "..", "..", "..", "test", "servers", "google-client.cjs");
      const [node, library] = requireInstalled("google-client") as [string, string];
      const env = google.env as Record<string, string>;
      const { stdout } = await promisify(execFile)(node, [script, library, String(port), ...versions], { env });
      const theirs = JSON.parse(stdout) as { name?: string; data?: string; code?: number }[];

      const store = await google.open();
      const ours = await store.ask(versions.map((path) => ({ path })));
      expect(
        ours.map((answer, index) =>
          answer.ok
            ? { name: `${asked[index]}/versions/${answer.version}`, data: Buffer.from(answer.data).toString("base64") }
            : { code: httpStatuses[answer.code] },
        ),
      ).toEqual(theirs);
      expect(theirs.map(({ code }) => code)).toEqual([undefined, undefined, undefined, undefined, 403, 404]);
    } finally {
      server.close();
      await google.close();
    }
  });
});

describeWith("gcp-emulator", "the emulator over gRPC, as the oracle", () => {
  let emulator: GcpEmulator;
  let google: GoogleCloud;
  let store: TestStore;
  let grpc: Client;
  beforeAll(async () => {
    emulator = await startGcpEmulator();
    for (const name of names) {
      for (const data of ["old", payloads[name]]) await emulator.addVersion("p", name, data);
    }
    await emulator.disableVersion("p", "disabled", await emulator.addVersion("p", "disabled", "only"));
    google = await startGoogleCloud({
      secrets: {},
      routes: { "secretmanager.googleapis.com": emulator.restBackend },
    });
    store = await google.open();
    grpc = new Client(`127.0.0.1:${emulator.grpcPort}`, credentials.createInsecure());
  });
  afterAll(async () => {
    grpc.close();
    await google.close();
    await emulator.close();
  });

  it.each(names)("gets the same bytes and the same version of %s", async (name) => {
    for (const version of ["latest", "1", "2"]) {
      const theirs = await accessByGrpc(grpc, `projects/p/secrets/${name}/versions/${version}`);
      const [ours] = await store.ask([{ path: `p/${name}`, metadata: { version } }]);
      expect(ours).toMatchObject({ ok: true, version: theirs.name.split("/").at(-1) });
      expect(ours?.ok === true && Buffer.from(theirs.data).equals(ours.data)).toBe(true);
    }
  });

  it.each(["projects/p/secrets/none", "projects/p/secrets/disabled"])(
    "fails for %s where gRPC fails, and quotes nothing of an answer that is not Google's",
    async (secret) => {
      await expect(accessByGrpc(grpc, `${secret}/versions/1`)).rejects.toMatchObject({ code: expect.any(Number) });
      const [ours] = await store.ask([{ path: secret, metadata: { version: "1" } }]);
      expect(ours).toMatchObject({
        ok: false,
        message: '"secretmanager.googleapis.com" could not serve the request (500)',
      });
    },
  );
});

/** What the Go store calls: AccessSecretVersion. */
function accessByGrpc(client: Client, name: string): Promise<{ readonly name: string; readonly data: Uint8Array }> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      "/google.cloud.secretmanager.v1.SecretManagerService/AccessSecretVersion",
      (asked: string) => Buffer.from(new BinaryWriter().tag(1, 2).string(asked).finish()),
      readVersion,
      name,
      (error: ServiceError | null, answer) => (error === null ? resolve(answer!) : reject(error)),
    );
  });
}

function readVersion(message: Uint8Array): { name: string; data: Uint8Array } {
  const version: { name: string; data: Uint8Array } = { name: "", data: new Uint8Array() };
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) version.name = reader.string();
    else if (field === 2) {
      const payload = new BinaryReader(reader.bytes());
      while (payload.pos < payload.len) {
        const [part, partType] = payload.tag();
        if (part === 1) version.data = payload.bytes();
        else payload.skip(partType);
      }
    } else reader.skip(wireType);
  }
  return version;
}
