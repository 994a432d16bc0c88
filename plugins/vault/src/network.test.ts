/** How a Vault is reached: TLS, proxies, redirects, sockets, and what is said when it cannot be. */
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askVault, textOf } from "../../../test/servers/ask-vault.ts";
import { createTestCa, type TestCa } from "../../../test/servers/certificates.ts";
import { type Cloud, startCloud } from "../../../test/servers/cloud.ts";
import { createKvState, type KvServer, startKvServer } from "../../../test/servers/kv-v2.ts";
import { createScript, reply, startScriptedServer } from "../../../test/servers/scripted-server.ts";
import { lookUpService } from "./srv.ts";

let folder = "";
let ca: TestCa;
let otherCa: TestCa;
let vault: KvServer;
let secure: KvServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "vault-network-"));
  // The TLS of the executable tells authorities apart by their names, or by a key identifier, which these have not.
  [ca, otherCa] = await Promise.all([createTestCa(), createTestCa("another one")]);
  vault = await startKvServer();
  secure = await startKvServer({ tls: await ca.certificateFor(["127.0.0.1", "vault.test"]) });
  for (const server of [vault, secure]) server.put("secret", "app", { a: "b" });
});
afterAll(async () => {
  await Promise.all([vault.close(), secure.close()]);
  ca.remove();
  otherCa.remove();
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function ask(server: KvServer, env: Record<string, string>): Promise<string> {
  const [answer] = await askVault(
    { VAULT_ADDR: server.url, VAULT_TOKEN: server.rootToken, VAULT_MAX_RETRIES: "0", ...env },
    "secret___/app",
  );
  return textOf(answer);
}

const value = '{"a":"b"}';

describe("TLS", () => {
  it("trusts what VAULT_CACERT names, also relative to the working directory", async () => {
    expect(await ask(secure, { VAULT_CACERT: ca.caFile })).toBe(value);
    expect(await ask(secure, { VAULT_CACERT: join("..", ca.caFile.slice(tmpdir().length + 1)) })).toBe(value);
  });

  it("trusts what VAULT_CACERT_BYTES holds", async () => {
    expect(await ask(secure, { VAULT_CACERT_BYTES: ca.caPem })).toBe(value);
  });

  it("trusts all that VAULT_CAPATH holds, links to folders left aside", async () => {
    const authorities = join(folder, "authorities");
    mkdirSync(join(authorities, "deep"), { recursive: true });
    writeFileSync(join(authorities, "deep", "ca.pem"), ca.caPem);
    writeFileSync(join(authorities, "other.pem"), otherCa.caPem);
    symlinkSync("deep", join(authorities, "..data"));
    expect(await ask(secure, { VAULT_CAPATH: authorities })).toBe(value);
  });

  it("trusts what the machine is told to trust", async () => {
    expect(await ask(secure, { NODE_EXTRA_CA_CERTS: ca.caFile })).toBe(value);
    expect(await ask(secure, { SSL_CERT_FILE: ca.caFile })).toBe(value);
  });

  it("trusts nobody else once an authority is named, and a file before a text before a folder", async () => {
    const untrusted = /^UNAVAILABLE: cannot reach "127\.0\.0\.1:\d+": its certificate is not trusted/;
    expect(await ask(secure, { VAULT_CACERT: otherCa.caFile, NODE_EXTRA_CA_CERTS: ca.caFile })).toMatch(untrusted);
    expect(await ask(secure, { VAULT_CACERT: otherCa.caFile, VAULT_CACERT_BYTES: ca.caPem })).toMatch(untrusted);
    expect(await ask(secure, { VAULT_CACERT_BYTES: ca.caPem, VAULT_CAPATH: folder })).toBe(value);
  });

  it("says what to set when nobody is trusted who signed", async () => {
    const [answer] = await askVault({ VAULT_ADDR: secure.url, VAULT_TOKEN: "a" }, "secret___/app");
    expect(answer).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("its certificate is not trusted") as string,
      hint: "set VAULT_CACERT to a file with the CA certificate of this Vault",
    });
  });

  it("asks for the name that VAULT_TLS_SERVER_NAME says", async () => {
    const named = await startKvServer({ tls: await ca.certificateFor(["vault.test"]) });
    named.put("secret", "app", { a: "b" });
    const env = { VAULT_CACERT: ca.caFile };
    expect(await ask(named, { ...env, VAULT_TLS_SERVER_NAME: "vault.test" })).toBe(value);
    const [answer] = await askVault({ ...env, VAULT_ADDR: named.url, VAULT_TOKEN: "a" }, "secret___/app");
    expect(answer).toMatchObject({
      code: "UNAVAILABLE",
      hint: "check VAULT_ADDR, or set VAULT_TLS_SERVER_NAME to the name in the certificate",
    });
    await named.close();
  });

  it("takes any certificate with VAULT_SKIP_VERIFY, and none without", async () => {
    expect(await ask(secure, { VAULT_SKIP_VERIFY: "true" })).toBe(value);
    expect(await ask(secure, { VAULT_SKIP_VERIFY: "false" })).toMatch(/not trusted/);
  });

  it("shows the client certificate of VAULT_CLIENT_CERT and VAULT_CLIENT_KEY", async () => {
    const state = createKvState();
    state.put("secret", "app", { a: "b" });
    const shown: string[] = [];
    const { listener } = createScript((request) => state.script(request));
    const server = createHttpsServer(
      {
        ...(await ca.certificateFor(["127.0.0.1"])),
        ca: ca.caPem,
        requestCert: true,
        rejectUnauthorized: true,
      },
      (message, response) => {
        shown.push((message.socket as TLSSocket).getPeerCertificate().subjectaltname ?? "none");
        listener(message, response);
      },
    ).on("tlsClientError", () => {});
    const url = await listen(server, "https");
    const client = await ca.certificateFor(["client.test"]);
    const env = { VAULT_ADDR: url, VAULT_TOKEN: state.rootToken, VAULT_CACERT: ca.caFile, VAULT_MAX_RETRIES: "0" };
    const withCertificate = await askVault(
      { ...env, VAULT_CLIENT_CERT: file("client.pem", client.cert), VAULT_CLIENT_KEY: file("client.key", client.key) },
      "secret___/app",
    );
    expect(textOf(withCertificate[0])).toBe(value);
    expect(shown).toEqual(["DNS:client.test"]);
    const [without] = await askVault(env, "secret___/app");
    expect(without).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("127.0.0.1") as string });
    expect(shown).toHaveLength(1);
    server.close();
    server.closeAllConnections();
  });

  it.each([
    { name: "a file that is not there", env: { VAULT_CACERT: "none.pem" }, part: "of VAULT_CACERT cannot be read" },
    { name: "a file that is no PEM", env: { VAULT_CACERT: "/dev/null" }, part: "of VAULT_CACERT is no PEM file" },
    { name: "a text that is no PEM", env: { VAULT_CACERT_BYTES: "abc" }, part: "VAULT_CACERT_BYTES is no PEM text" },
    { name: "a folder that is not there", env: { VAULT_CAPATH: "none" }, part: "cannot be read" },
    { name: "a certificate alone", env: { VAULT_CLIENT_CERT: "a" }, part: "both client cert and client key must be" },
    { name: "a key alone", env: { VAULT_CLIENT_KEY: "a" }, part: "both client cert and client key must be provided" },
    { name: "a proxy that is none", env: { VAULT_PROXY_ADDR: "socks5://a" }, part: "VAULT_PROXY_ADDR is no proxy" },
  ])("refuses $name before anything is sent", async ({ env, part }) => {
    const from = secure.requests.length;
    const text = await ask(secure, env);
    expect(text).toMatch(/^INVALID_ARGUMENT: .*\nfailed to initialize the client$/);
    expect(text).toContain(part);
    expect(secure.requests).toHaveLength(from);
  });
});

describe("proxies", () => {
  let cloud: Cloud;
  let refusing: Cloud;
  beforeAll(async () => {
    const routes = {
      "vault.test": { port: secure.port, tls: "pass" },
      "plain.test": { port: vault.port, tls: "end" },
      "127.0.0.1": { port: secure.port, tls: "pass" },
    } as const;
    cloud = await startCloud(routes, { ca, plainHttp: true });
    refusing = await startCloud(routes, { ca, proxyCredentials: { user: "me", password: "p@ss word" } });
  });
  afterAll(() => Promise.all([cloud.close(), refusing.close()]));
  const proxyUrl = (): string => `http://127.0.0.1:${cloud.port}`;

  it("of the environment are taken", async () => {
    const from = cloud.connects.length;
    const env = { ...cloud.env, NODE_EXTRA_CA_CERTS: "", VAULT_CACERT: ca.caFile };
    expect(await ask(secure, { ...env, VAULT_ADDR: "https://vault.test" })).toBe(value);
    expect(cloud.connects.slice(from)).toEqual(["vault.test:443"]);
  });

  it("of the environment are not taken for this machine and for NO_PROXY", async () => {
    const from = cloud.connects.length;
    expect(await ask(secure, { ...cloud.env })).toBe(value);
    expect(await ask(secure, { ...cloud.env, NO_PROXY: "vault.test", VAULT_ADDR: "https://vault.test" })).toMatch(
      /^UNAVAILABLE: cannot reach "vault\.test"/,
    );
    expect(cloud.connects).toHaveLength(from);
  });

  it("of plain HTTP are asked for the whole address", async () => {
    const from = cloud.plainRequests.length;
    expect(await ask(vault, { ...cloud.env, VAULT_ADDR: "http://plain.test:8200" })).toBe(value);
    expect(cloud.plainRequests.slice(from)).toEqual(["plain.test:8200"]);
  });

  it.each(["VAULT_PROXY_ADDR", "VAULT_HTTP_PROXY"])("of %s are taken, whatever NO_PROXY says", async (name) => {
    const from = cloud.connects.length;
    const env = { [name]: proxyUrl(), NO_PROXY: "*", VAULT_CACERT: ca.caFile };
    expect(await ask(secure, env)).toBe(value);
    expect(cloud.connects.slice(from)).toEqual([`127.0.0.1:${secure.port}`]);
  });

  it("that want a password get the one that is given, and are named without it", async () => {
    const env = { ...refusing.env, VAULT_ADDR: "https://vault.test" };
    expect(await ask(secure, env)).toBe(value);
    const refused = await ask(secure, { ...env, HTTPS_PROXY: `http://me:wrong@127.0.0.1:${refusing.port}` });
    expect(refused).toMatch(/^UNAVAILABLE: cannot reach "vault\.test" through the proxy "127\.0\.0\.1:\d+": it wants/);
    expect(refused).not.toContain("wrong");
  });

  it("that are down are named, and so is the variable", async () => {
    const [answer] = await askVault(
      { VAULT_TOKEN: "a", VAULT_PROXY_ADDR: "http://127.0.0.1:1", VAULT_MAX_RETRIES: "0" },
      "secret___/app",
    );
    expect(answer).toMatchObject({
      code: "UNAVAILABLE",
      message:
        'cannot reach "127.0.0.1:8200" through the proxy "127.0.0.1:1": the connection was refused (ECONNREFUSED)',
      hint: "check VAULT_PROXY_ADDR",
    });
  });
});

describe("redirects", () => {
  async function redirecting(location: string, status = 307): Promise<Awaited<ReturnType<typeof startScriptedServer>>> {
    return startScriptedServer(() => reply(status, "", { location }));
  }

  it.each([301, 302, 307])("of a standby node are followed once (%i), the token going along", async (status) => {
    const standby = await redirecting(`${vault.url}/v1/secret/data/app`, status);
    const from = vault.requests.length;
    const [answer] = await askVault(
      { VAULT_ADDR: standby.url, VAULT_TOKEN: vault.rootToken, VAULT_NAMESPACE: "" },
      { path: "secret___/app", metadata: { version: "1" } },
    );
    await standby.close();
    expect(textOf(answer)).toBe(value);
    expect(vault.requests.slice(from).map(({ url }) => url)).toEqual(["/v1/secret/data/app?version=1"]);
  });

  it("to another machine are followed over TLS", async () => {
    const cloud = await startCloud(
      {
        "standby.test": {
          handler: createScript(() => reply(307, "", { location: "https://active.test/v1/secret/data/app" })).listener,
        },
        "active.test": { port: vault.port, tls: "end" },
      },
      { ca },
    );
    const env = { ...cloud.env, VAULT_ADDR: "https://standby.test", VAULT_TOKEN: vault.rootToken };
    expect(textOf((await askVault(env, "secret___/app"))[0])).toBe(value);
    expect(cloud.connects).toEqual(["standby.test:443", "active.test:443"]);
    await cloud.close();
  });

  it.each([
    { name: "from TLS to none", from: "https://standby.test", to: "http://standby.test/v1/secret/data/app" },
    {
      name: "to another machine without TLS",
      from: "http://standby.test",
      to: "http://active.test/v1/secret/data/app",
    },
  ])("$name are refused, and nothing goes there", async ({ from, to }) => {
    const handler = createScript(() => reply(307, "", { location: to })).listener;
    const active = createScript(() => reply(200, "{}"));
    const cloud = await startCloud(
      { "standby.test": { handler }, "active.test": { handler: active.listener } },
      { ca, plainHttp: true },
    );
    const [answer] = await askVault({ ...cloud.env, VAULT_ADDR: from, VAULT_TOKEN: "made-up" }, "secret___/app");
    await cloud.close();
    expect(answer).toMatchObject({ code: "UNKNOWN", message: expect.stringMatching(/without TLS$/) as string });
    expect([...cloud.connects, ...cloud.plainRequests]).toHaveLength(1);
    expect(active.requests).toHaveLength(0);
  });

  it("in a circle end after the first", async () => {
    let count = 0;
    const server = await startScriptedServer(() => {
      count++;
      return reply(307, "", { location: "/v1/secret/data/app" });
    });
    const [answer] = await askVault({ VAULT_ADDR: server.url, VAULT_TOKEN: "a" }, "secret___/app");
    await server.close();
    expect(answer).toMatchObject({ code: "UNKNOWN", message: expect.stringContaining("circle") as string });
    expect(count).toBe(2);
  });

  it("are not followed with VAULT_DISABLE_REDIRECTS", async () => {
    const standby = await redirecting(`${vault.url}/v1/secret/data/app`);
    const from = vault.requests.length;
    const [answer] = await askVault(
      { VAULT_ADDR: standby.url, VAULT_TOKEN: vault.rootToken, VAULT_DISABLE_REDIRECTS: "true" },
      "secret___/app",
    );
    await standby.close();
    expect(answer).toMatchObject({ code: "UNKNOWN", message: expect.stringContaining("(307)") as string });
    expect(vault.requests).toHaveLength(from);
  });
});

describe("addresses", () => {
  it("may be a unix socket", async () => {
    const state = createKvState();
    state.put("secret", "app", { a: "b" });
    const server = createServer(createScript((request) => state.script(request)).listener);
    const socket = join(folder, "vault.sock");
    server.listen(socket);
    await once(server, "listening");
    for (const name of ["VAULT_ADDR", "VAULT_AGENT_ADDR"]) {
      const env = { VAULT_ADDR: "https://127.0.0.1:1", [name]: `unix://${socket}`, VAULT_TOKEN: state.rootToken };
      expect(textOf((await askVault(env, "secret___/app"))[0])).toBe(value);
    }
    server.close();
    server.closeAllConnections();
  });

  it("of a socket that is not there are named", async () => {
    const [answer] = await askVault({ VAULT_ADDR: "unix:///no/such.sock", VAULT_TOKEN: "a" }, "secret___/app");
    expect(answer).toMatchObject({
      code: "UNAVAILABLE",
      message: 'cannot reach "unix:///no/such.sock": there is no socket to open (ENOENT)',
    });
  });

  it("may have a path, a user and a password", async () => {
    const state = createKvState();
    state.put("secret", "app", { a: "b" });
    const seen: (string | undefined)[] = [];
    const server = await startScriptedServer((request) => {
      seen.push(request.url, request.headers.authorization);
      const path = request.path.replace(/^\/base/, "");
      return state.script({ ...request, path });
    });
    const address = server.url.replace("://", "://me:p%40ss@");
    const [answer] = await askVault({ VAULT_ADDR: `${address}/base/`, VAULT_TOKEN: state.rootToken }, "secret___/app");
    await server.close();
    expect(textOf(answer)).toBe(value);
    expect(seen).toEqual(["/base/v1/secret/data/app", `Basic ${Buffer.from("me:p@ss").toString("base64")}`]);
  });

  it("that nobody answers are named, with where they were set", async () => {
    const answers = await askVault({ VAULT_TOKEN: "a", VAULT_ADDR: "http://127.0.0.1:1" }, "secret___/app");
    expect(answers[0]).toMatchObject({
      code: "UNAVAILABLE",
      message: 'cannot reach "127.0.0.1:1": the connection was refused (ECONNREFUSED)',
      hint: "check VAULT_ADDR, and that Vault runs there",
    });
  });

  it("that there is no host for are named", async () => {
    const env = { VAULT_TOKEN: "a", VAULT_ADDR: "https://vault.invalid", VAULT_MAX_RETRIES: "0" };
    const [answer] = await askVault(env, "secret___/app");
    expect(answer).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/^cannot reach "vault\.invalid": /) as string,
    });
  });

  it("that speak another scheme are recognized both ways", async () => {
    const [https] = await askVault(
      { VAULT_TOKEN: "a", VAULT_ADDR: vault.url.replace("http:", "https:"), VAULT_MAX_RETRIES: "0" },
      "secret___/app",
    );
    expect(https).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("TLS") as string });
    // What Go's server says to plain HTTP on a port of TLS.
    const server = await startScriptedServer(() => reply(400, "Client sent an HTTP request to an HTTPS server.\n"));
    const [http] = await askVault({ VAULT_TOKEN: "a", VAULT_ADDR: server.url }, "secret___/app");
    await server.close();
    expect(http).toMatchObject({
      code: "INVALID_ARGUMENT",
      hint: "set VAULT_ADDR to an address that begins with https://",
    });
  });
});

describe("SRV records", () => {
  it("lead to the best service, chosen by weight, and to none when there are none", async () => {
    const nameServer = await startNameServer({
      "_http._tcp.vault.test": [
        { priority: 20, weight: 100, port: 1, target: "spare.test" },
        { priority: 10, weight: 0, port: 2, target: "never.test" },
        { priority: 10, weight: 5, port: 8200, target: "active.test" },
      ],
    });
    const resolver = new Resolver();
    resolver.setServers([`127.0.0.1:${nameServer.port}`]);
    expect(await lookUpService("vault.test", resolver)).toBe("active.test:8200");
    expect(await lookUpService("other.test", resolver)).toBeUndefined();
    nameServer.close();
  });

  it("do without when there is no name server to say, and are not asked for with a port", async () => {
    // No name below `invalid` has records.
    const env = { VAULT_SRV_LOOKUP: "true", VAULT_TOKEN: vault.rootToken, VAULT_MAX_RETRIES: "0" };
    const [without] = await askVault({ ...env, VAULT_ADDR: "http://vault.invalid" }, "secret___/app");
    expect(textOf(without)).toMatch(/^UNAVAILABLE: cannot reach "vault\.invalid"/);
    expect(textOf((await askVault({ ...env, VAULT_ADDR: vault.url }, "secret___/app"))[0])).toBe(value);
  });
});

async function listen(server: Server, scheme: string): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface ServiceRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** Answers questions for SRV records, and says of every other name that it does not exist. */
async function startNameServer(
  names: Readonly<Record<string, readonly ServiceRecord[]>>,
): Promise<{ readonly port: number; readonly close: () => void }> {
  const socket = createSocket("udp4");
  socket.on("message", (question, peer) => {
    const labels: string[] = [];
    let at = 12;
    for (; question[at] !== 0; at += 1 + question[at]!)
      labels.push(question.toString("latin1", at + 1, at + 1 + question[at]!));
    const asked = question.subarray(12, at + 5);
    const records = names[labels.join(".").toLowerCase()];
    const header = Buffer.from(question.subarray(0, 12));
    header.writeUInt16BE(records === undefined ? 0x81_83 : 0x81_80, 2);
    header.writeUInt16BE(records?.length ?? 0, 6);
    header.fill(0, 8);
    socket.send(Buffer.concat([header, asked, ...(records ?? []).map(encodeRecord)]), peer.port, peer.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { port: socket.address().port, close: () => socket.close() };
}

function encodeRecord({ priority, weight, port, target }: ServiceRecord): Buffer {
  const name = Buffer.concat([
    ...target.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);
  const head = Buffer.alloc(18);
  // The name of the question, class IN, type SRV, a minute.
  head.writeUInt16BE(0xc0_0c, 0);
  head.writeUInt16BE(33, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(6 + name.length, 10);
  head.writeUInt16BE(priority, 12);
  head.writeUInt16BE(weight, 14);
  head.writeUInt16BE(port, 16);
  return Buffer.concat([head, name]);
}
