import { once } from "node:events";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { request as httpsRequest } from "node:https";
import { type AddressInfo, connect as connectTcp } from "node:net";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { HttpsProxyAgent } from "https-proxy-agent";
import { describe, expect, it, onTestFinished } from "vitest";
import { createTestCa } from "./certificates.ts";
import { type Backend, type Cloud, type CloudOptions, startCloud } from "./cloud.ts";
import { createEntra, startIdentityEndpoint } from "./entra.ts";
import { createScript, inTurn, json, reply, reset, type Script, startScriptedServer } from "./scripted-server.ts";

async function openCloud(routes: Readonly<Record<string, Backend>>, options?: CloudOptions): Promise<Cloud> {
  const cloud = await startCloud(routes, options);
  onTestFinished(() => cloud.close());
  return cloud;
}

async function openServer(script: Script, options?: Parameters<typeof startScriptedServer>[1]) {
  const server = await startScriptedServer(script, options);
  onTestFinished(() => server.close());
  return server;
}

interface Sent {
  readonly status: number | undefined;
  readonly body: string;
}

/** Through the cloud as a plugin goes: by the proxy of its environment, with the authority of its environment. */
async function get(cloud: Cloud, url: string, options: { method?: string; body?: string } = {}): Promise<Sent> {
  const agent = new HttpsProxyAgent(cloud.env["HTTPS_PROXY"] ?? "");
  const request = httpsRequest(url, { agent, ca: cloud.ca.caPem, method: options.method ?? "GET" });
  request.end(options.body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

describe("the cloud", () => {
  it("plays a host by a function, under the host's own name and a certificate for it", async () => {
    const script = createScript(({ host, method, url, text }) => reply(201, `${host} ${method} ${url} ${text}`));
    const cloud = await openCloud({ "*.vault.azure.net": { handler: script.listener } });
    const answer = await get(cloud, "https://one.vault.azure.net/a%2Fb?c=d", { method: "POST", body: "hello" });
    expect(answer).toEqual({ status: 201, body: "one.vault.azure.net POST /a%2Fb?c=d hello" });
    expect(cloud.connects).toEqual(["one.vault.azure.net:443"]);
    expect(script.requests).toMatchObject([{ path: "/a%2Fb", text: "hello", index: 0 }]);
    expect(script.requests[0]?.query.get("c")).toBe("d");
  });

  it("leads each host to its own backend, the first pattern that fits", async () => {
    const cloud = await openCloud({
      "special.example.com": { handler: createScript(() => reply(200, "special")).listener },
      "*.example.com": { handler: createScript(() => reply(200, "any")).listener },
    });
    expect((await get(cloud, "https://special.example.com/")).body).toBe("special");
    expect((await get(cloud, "https://a.b.example.com/")).body).toBe("any");
  });

  it("ends TLS in front of a plain server on a port", async () => {
    const server = await openServer(({ host }) => reply(200, `plain ${host}`));
    const cloud = await openCloud({ "ssm.eu-west-1.amazonaws.com": { port: server.port, tls: "end" } });
    expect((await get(cloud, "https://ssm.eu-west-1.amazonaws.com/")).body).toBe("plain ssm.eu-west-1.amazonaws.com");
  });

  it("passes TLS through to a server that ends it", async () => {
    const ca = await createTestCa();
    onTestFinished(() => ca.remove());
    const server = await openServer(() => reply(200, "own TLS"), {
      tls: await ca.certificateFor(["acct.example.com"]),
    });
    const cloud = await openCloud({ "acct.example.com": { port: server.port, tls: "pass" } }, { ca });
    expect((await get(cloud, "https://acct.example.com/")).body).toBe("own TLS");
  });

  it("agrees to HTTP/2 in front of a server that speaks it in plain", async () => {
    const server = createHttp2Server((_request, response) => response.end("two")).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const cloud = await openCloud({ "grpc.example.com": { port, tls: "end", alpn: ["h2"] } });
    const tunnel = await tunnelTo(cloud, "grpc.example.com:443");
    const tls = connectTls({
      socket: tunnel,
      servername: "grpc.example.com",
      ca: cloud.ca.caPem,
      ALPNProtocols: ["h2", "http/1.1"],
    });
    await once(tls, "secureConnect");
    expect(tls.alpnProtocol).toBe("h2");
    tls.destroy();
  });

  it("answers 502 for a host that the test has not named", async () => {
    const cloud = await openCloud({});
    expect(await connectStatus(cloud, "example.com:443")).toBe(502);
    expect(cloud.connects).toEqual(["example.com:443"]);
    expect(cloud.unknownHosts).toEqual(["example.com:443"]);
  });

  it("can refuse everybody", async () => {
    const cloud = await openCloud({ "*.example.com": { handler: () => {} } }, { refuseWith: 403 });
    expect(await connectStatus(cloud, "a.example.com:443")).toBe(403);
  });

  it("can ask who comes", async () => {
    const script = createScript(() => reply(200, "in"));
    const cloud = await openCloud(
      { "*.example.com": { handler: script.listener } },
      { proxyCredentials: { user: "proxy-user", password: "p@ss/word" } },
    );
    expect(await connectStatus(cloud, "a.example.com:443")).toBe(407);
    expect((await get(cloud, "https://a.example.com/")).body).toBe("in");
  });

  it("serves http:// addresses too, by a function and by a port", async () => {
    const server = await openServer(({ host, url }) => reply(200, `${host}${url}`));
    const cloud = await openCloud(
      {
        "169.254.169.254": { handler: createScript(({ url }) => reply(200, url)).listener },
        "metadata.example.com:8080": { port: server.port, tls: "end" },
      },
      { plainHttp: true },
    );
    expect(cloud.env["HTTP_PROXY"]).toBe(cloud.env["HTTPS_PROXY"]);
    expect(await getPlain(cloud, "http://169.254.169.254/latest/x?y=z")).toEqual({
      status: 200,
      body: "/latest/x?y=z",
    });
    expect((await getPlain(cloud, "http://metadata.example.com:8080/v")).body).toBe("metadata.example.com:8080/v");
    expect((await getPlain(cloud, "http://elsewhere.example.com/")).status).toBe(502);
    expect(cloud.plainRequests).toEqual([
      "169.254.169.254:80",
      "metadata.example.com:8080",
      "elsewhere.example.com:80",
    ]);
  });

  it("is not trusted by whoever does not know its authority", async () => {
    const cloud = await openCloud({ "a.example.com": { handler: () => {} } });
    const agent = new HttpsProxyAgent(cloud.env["HTTPS_PROXY"] ?? "");
    const request = httpsRequest("https://a.example.com/", { agent });
    request.end();
    await expect(once(request, "response")).rejects.toMatchObject({ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  });

  it("closes what is open", async () => {
    const script = createScript(() => () => {});
    const cloud = await startCloud({ "a.example.com": { handler: script.listener } });
    const pending = get(cloud, "https://a.example.com/");
    const failure = pending.catch((error: unknown) => error);
    await script.received(1);
    await cloud.close();
    expect(await failure).toMatchObject({ code: "ECONNRESET" });
  });
});

describe("a scripted answer", () => {
  it("can be a reset, also below TLS", async () => {
    const script = createScript(inTurn(reset(), json({ ok: true })));
    const cloud = await openCloud({ "a.example.com": { handler: script.listener } });
    await expect(get(cloud, "https://a.example.com/")).rejects.toMatchObject({ code: "ECONNRESET" });
    expect((await get(cloud, "https://a.example.com/")).body).toBe('{"ok":true}');
  });

  it("says so when the script itself is wrong", async () => {
    const cloud = await openCloud({
      "a.example.com": {
        handler: createScript(() => {
          throw new Error("no such path");
        }).listener,
      },
    });
    expect(await get(cloud, "https://a.example.com/")).toEqual({
      status: 599,
      body: "the test's script failed: Error: no such path",
    });
  });
});

describe("Entra ID", () => {
  it("hands out a token for a client's secret and writes down for what", async () => {
    const entra = createEntra({ clientSecret: "made up" });
    const cloud = await openCloud({ "login.microsoftonline.com": { handler: entra.handler } });
    const url = `https://login.microsoftonline.com/${entra.env["AZURE_TENANT_ID"]}/oauth2/v2.0/token`;
    const form = (secret: string): string =>
      new URLSearchParams({
        client_id: "someone",
        client_secret: secret,
        scope: "https://vault.azure.net/.default openid",
      }).toString();
    const good = await get(cloud, url, { method: "POST", body: form("made up") });
    const { access_token, expires_in } = JSON.parse(good.body) as { access_token: string; expires_in: number };
    expect(expires_in).toBe(3600);
    expect(JSON.parse(Buffer.from(access_token.split(".")[1] ?? "", "base64url").toString())).toMatchObject({
      aud: "https://vault.azure.net",
    });
    expect((await get(cloud, url, { method: "POST", body: form("another") })).status).toBe(401);
    expect(entra.tokens).toMatchObject([
      { resource: "https://vault.azure.net", clientId: "someone", proof: "secret", token: access_token },
      { token: undefined },
    ]);
  });

  it("has an identity endpoint that wants its header", async () => {
    const identity = await startIdentityEndpoint();
    onTestFinished(() => identity.close());
    const ask = async (headers: Record<string, string>): Promise<Sent> => {
      const request = httpRequest(
        `${identity.env["IDENTITY_ENDPOINT"]}?resource=https://storage.azure.com&api-version=2019-08-01`,
        { headers },
      );
      request.end();
      const [response] = (await once(request, "response")) as [IncomingMessage];
      return { status: response.statusCode, body: await text(response) };
    };
    expect((await ask({})).status).toBe(401);
    const { status, body } = await ask({ "x-identity-header": identity.env["IDENTITY_HEADER"] ?? "" });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ token_type: "Bearer", resource: "https://storage.azure.com" });
    expect(identity.tokens).toMatchObject([{ resource: "https://storage.azure.com", proof: "managed identity" }]);
  });
});

async function getPlain(cloud: Cloud, url: string): Promise<Sent> {
  const request = httpRequest({
    host: "127.0.0.1",
    port: cloud.port,
    path: url,
    headers: { host: new URL(url).host },
    agent: false,
  });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

async function connectStatus(cloud: Cloud, authority: string): Promise<number> {
  const socket = connectTcp(cloud.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  const [head] = (await once(socket, "data")) as [Buffer];
  return Number(head.toString().split(" ")[1]);
}

async function tunnelTo(cloud: Cloud, authority: string): Promise<Duplex> {
  const request = httpRequest({
    host: "127.0.0.1",
    port: cloud.port,
    method: "CONNECT",
    path: authority,
    agent: false,
  });
  request.end();
  const [, socket] = (await once(request, "connect")) as [unknown, Duplex];
  return socket;
}
