import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createTestCa, type TestCa } from "../../../test/servers/certificates.ts";
import { startCloud } from "../../../test/servers/cloud.ts";
import { type ConnectionOptions, type Connections, createConnections } from "./connections.ts";
import { isTransientNetworkError, toNetworkError } from "./network-error.ts";
import { type HttpResponse, sendRequest } from "./send-request.ts";

const { signal } = new AbortController();
let ca: TestCa;
beforeAll(async () => {
  ca = await createTestCa();
});
afterAll(() => ca.remove());

function open(options: ConnectionOptions): Connections {
  const connections = createConnections(options);
  onTestFinished(() => connections.close());
  return connections;
}

async function listen(server: Server | ReturnType<typeof createHttpsServer | typeof createTcpServer>): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function get(url: string, options: ConnectionOptions): Promise<HttpResponse> {
  return sendRequest({ url, connections: open(options), signal });
}

const answer = (_message: IncomingMessage, response: { end(text: string): void }): void => response.end("here");

describe("connections to a service", () => {
  it("keeps a connection for the next request", async () => {
    let connected = 0;
    const server = createServer(answer).on("connection", () => connected++);
    const port = await listen(server);
    const connections = open({ env: {} });
    for (const round of [1, 2, 3]) {
      const { status, body } = await sendRequest({ url: `http://127.0.0.1:${port}/`, connections, signal });
      expect([round, status, body.toString()]).toEqual([round, 200, "here"]);
    }
    expect(connected).toBe(1);
  });

  it("sends method, headers and body", async () => {
    const server = createServer((message, response) => {
      const chunks: Buffer[] = [];
      message.on("data", (chunk: Buffer) => chunks.push(chunk));
      message.on("end", () =>
        response
          .writeHead(418, { "x-a": "b" })
          .end(`${message.method} ${String(message.headers["x-b"])} ${chunks.join("")}`),
      );
    });
    const url = `http://127.0.0.1:${await listen(server)}/`;
    const response = await sendRequest({
      url,
      method: "PUT",
      headers: { "x-b": "c" },
      body: "ü",
      connections: open({ env: {} }),
      signal,
    });
    expect([response.status, response.headers["x-a"], response.body.toString()]).toEqual([418, "b", "PUT c ü"]);
  });

  it("trusts a CA of SSL_CERT_FILE, one that is handed in, and no other", async () => {
    const server = createHttpsServer(await ca.certificateFor(["127.0.0.1"]), answer);
    const url = `https://127.0.0.1:${await listen(server)}/`;
    expect((await get(url, { env: { SSL_CERT_FILE: ca.caFile } })).status).toBe(200);
    expect((await get(url, { env: {}, caPem: [ca.caPem] })).status).toBe(200);
    expect((await get(url, { env: {}, caPem: [ca.caPem], onlyCaPem: true })).status).toBe(200);
    expect((await get(url, { env: {}, skipVerify: true })).status).toBe(200);
    const error: unknown = await get(url, { env: {}, caPem: [] }).catch((error: unknown) => error);
    expect(toNetworkError(error, "127.0.0.1")).toMatchObject({
      kind: "unavailable",
      message: expect.stringContaining('cannot reach "127.0.0.1": its certificate is not trusted') as string,
      hint: expect.stringContaining("NODE_EXTRA_CA_CERTS") as string,
    });
    expect(isTransientNetworkError(error)).toBe(false);
    expect(() => createConnections({ env: { SSL_CERT_FILE: "/nowhere/ca.pem" } })).toThrow(
      '"/nowhere/ca.pem" cannot be read',
    );
  });

  it("goes through the proxy of HTTPS_PROXY, once for several requests, and keeps the name of the host", async () => {
    const cloud = await startCloud(
      { "a.example": { handler: answer } },
      { ca, proxyCredentials: { user: "u", password: "p w" } },
    );
    onTestFinished(() => cloud.close());
    const connections = open({ env: cloud.env, caPem: [ca.caPem] });
    for (const round of [1, 2]) {
      const { body } = await sendRequest({ url: `https://a.example/${round}`, connections, signal });
      expect(body.toString()).toBe("here");
    }
    expect(cloud.connects).toEqual(["a.example:443"]);
  });

  it("checks the certificate of an address behind a proxy by that address", async () => {
    const cloud = await startCloud({ "10.1.2.3": { handler: answer } }, { ca });
    onTestFinished(() => cloud.close());
    expect((await get("https://10.1.2.3/", { env: cloud.env, caPem: [ca.caPem] })).status).toBe(200);
  });

  it("names a certificate of an authority that has another key than the one that is trusted", async () => {
    const otherCa = await createTestCa();
    onTestFinished(() => otherCa.remove());
    const server = createHttpsServer(await ca.certificateFor(["127.0.0.1"]), answer);
    const url = `https://127.0.0.1:${await listen(server)}/`;
    const error: unknown = await get(url, { env: {}, caPem: [otherCa.caPem] }).catch((error: unknown) => error);
    expect(toNetworkError(error, "h")?.message).toBe(
      'cannot reach "h": its certificate is not trusted (CERT_SIGNATURE_FAILURE)',
    );
  });

  it("asks the proxy of HTTP_PROXY for the whole URL", async () => {
    const seen: (string | undefined)[] = [];
    const proxy = createServer((message, response) => {
      seen.push(message.url, message.headers.host, message.headers["proxy-authorization"]);
      response.end("here");
    });
    const env = { HTTP_PROXY: `http://u:p@127.0.0.1:${await listen(proxy)}` };
    expect((await get("http://a.example:8200/v1?x=1", { env })).body.toString()).toBe("here");
    expect(seen).toEqual([
      "http://a.example:8200/v1?x=1",
      "a.example:8200",
      `Basic ${Buffer.from("u:p").toString("base64")}`,
    ]);
  });

  it("names a proxy that refuses, without its password", async () => {
    const cloud = await startCloud({}, { ca, refuseWith: 403 });
    onTestFinished(() => cloud.close());
    const proxy = `http://user:hunter2@127.0.0.1:${cloud.port}`;
    const error: unknown = await get("https://a.example/", { env: { HTTPS_PROXY: proxy } }).catch(
      (error: unknown) => error,
    );
    expect(toNetworkError(error, "a.example")).toMatchObject({
      message: `cannot reach "a.example" through the proxy "127.0.0.1:${cloud.port}": it refused the connection (403)`,
      hint: 'ask for "a.example" to be allowed in the proxy, or name it in NO_PROXY',
    });
    expect(isTransientNetworkError(error)).toBe(false);
  });

  it("names a proxy that is not there, or wants credentials", async () => {
    const server = createTcpServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
    const gone: unknown = await get("https://a.example/", { env }).catch((error: unknown) => error);
    expect(toNetworkError(gone, "a.example")?.message).toBe(
      `cannot reach "a.example" through the proxy "127.0.0.1:${port}": the connection was refused (ECONNREFUSED)`,
    );
    const cloud = await startCloud({}, { ca, proxyCredentials: { user: "u", password: "p" } });
    onTestFinished(() => cloud.close());
    const anonymous = { HTTPS_PROXY: `http://127.0.0.1:${cloud.port}` };
    const asked: unknown = await get("https://a.example/", { env: anonymous }).catch((error: unknown) => error);
    expect(toNetworkError(asked, "a.example")?.message).toContain("it wants credentials (407)");
  });

  it.each([
    {
      name: "a host that never answers TLS",
      silent: true,
      kind: "timedOut",
      text: "it did not answer in time (ETIMEDOUT)",
    },
    { name: "a host that resets", silent: false, kind: "unavailable", text: "the connection was reset (ECONNRESET)" },
  ])("names $name", async ({ silent, kind, text }) => {
    const server = createTcpServer((socket) => void (silent ? socket.on("error", () => {}) : socket.destroy()));
    const port = await listen(server);
    const error: unknown = await get(`https://127.0.0.1:${port}/`, { env: {}, connectTimeoutMs: 50 }).catch(
      (error: unknown) => error,
    );
    expect(toNetworkError(error, "the.host")).toMatchObject({ kind, message: `cannot reach "the.host": ${text}` });
    expect(isTransientNetworkError(error)).toBe(true);
  });

  it("names a host that does not speak HTTP, or not TLS", async () => {
    const port = await listen(createTcpServer((socket) => void socket.on("error", () => {}).end("SSH-2.0-x\r\n\r\n")));
    const plain: unknown = await get(`http://127.0.0.1:${port}/`, { env: {} }).catch((error: unknown) => error);
    expect(toNetworkError(plain, "h")?.message).toContain("it does not answer in HTTP");
    const secure: unknown = await get(`https://127.0.0.1:${port}/`, { env: {} }).catch((error: unknown) => error);
    expect(toNetworkError(secure, "h")?.message).toContain("TLS could not be agreed on");
  });

  it("takes no error for the network's that is not", () => {
    expect(toNetworkError(new Error("a bug"), "h")).toBeUndefined();
    expect(
      toNetworkError(new Error("wrapped", { cause: Object.assign(new Error("x"), { code: "ENOTFOUND" }) }), "h")?.kind,
    ).toBe("unavailable");
    expect(isTransientNetworkError(new Error("a bug"))).toBe(false);
  });

  it("ends a request with its signal, and one whose answer is too long", async () => {
    const server = createServer((_message, response) => void response.write("x".repeat(100)));
    const url = `http://127.0.0.1:${await listen(server)}/`;
    onTestFinished(() => server.closeAllConnections());
    const abort = new AbortController();
    const reason = new Error("no longer wanted");
    const asked = sendRequest({ url, connections: open({ env: {} }), signal: abort.signal });
    await once(server, "request");
    abort.abort(reason);
    await expect(asked).rejects.toBe(reason);
    await expect(sendRequest({ url, connections: open({ env: {} }), signal, maxBodyBytes: 99 })).rejects.toMatchObject({
      kind: "tooLarge",
    });
  });
});
