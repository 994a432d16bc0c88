import { createConnections, sendRequest } from "configmanager/plugin";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeWith } from "../../../../test/servers/installed.ts";
import { type Moto, type MotoUser, startMoto } from "../../../../test/servers/moto.ts";
import { signAwsRequest } from "./sign.ts";

const body = "Action=GetCallerIdentity&Version=2011-06-15";
const identityRequest = {
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
  body,
  service: "sts",
  region: "us-east-1",
};

describe("a signed request", () => {
  const credentials = { accessKeyId: "made-up", secretAccessKey: "made-up-secret" };
  const request = { ...identityRequest, url: "https://sts.amazonaws.com/", credentials, date: new Date(0) };

  it("has host, date and signature beside its own headers", async () => {
    const headers = await signAwsRequest(request);
    expect(headers).toEqual({
      ...identityRequest.headers,
      host: "sts.amazonaws.com",
      "x-amz-date": "19700101T000000Z",
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=made-up\/19700101\/us-east-1\/sts\/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=[0-9a-f]{64}$/,
      ),
    });
  });

  it("has the session token of temporary credentials, signed too", async () => {
    const sessionToken = "made-up-session";
    const headers = await signAwsRequest({ ...request, credentials: { ...credentials, sessionToken } });
    expect(headers["x-amz-security-token"]).toBe(sessionToken);
    expect(headers["authorization"]).toContain("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token");
  });

  it("has another signature for each of its parts", async () => {
    const variants = [
      request,
      { ...request, method: "GET" },
      { ...request, url: "https://sts.amazonaws.com/?a=b" },
      { ...request, url: "https://sts.amazonaws.com/?a=b&a=c" },
      { ...request, url: "https://sts.amazonaws.com:8443/" },
      { ...request, body: `${body}&x=y` },
      { ...request, headers: { ...request.headers, "x-server-id": "vault" } },
      { ...request, region: "eu-west-1" },
      { ...request, service: "ssm" },
      { ...request, credentials: { ...credentials, secretAccessKey: "another" } },
      { ...request, date: new Date(1000) },
    ];
    const signatures = await Promise.all(
      variants.map(async (variant) => (await signAwsRequest(variant))["authorization"]?.replace(/^.*Signature=/, "")),
    );
    expect(new Set(signatures).size).toBe(variants.length);
  });
});

describeWith("moto", "a signature that somebody checks", () => {
  let moto: Moto;
  let user: MotoUser;
  beforeAll(async () => {
    moto = await startMoto({ auth: true });
    user = await moto.createUser(["sts:GetCallerIdentity"]);
  });
  afterAll(() => moto?.close());

  async function send(credentials: { accessKeyId: string; secretAccessKey: string }): Promise<[number, string]> {
    const connections = createConnections({ env: {} });
    const headers = await signAwsRequest({ ...identityRequest, url: moto.url, credentials });
    const { signal } = new AbortController();
    const reply = await sendRequest({ url: moto.url, method: "POST", headers, body, connections, signal });
    connections.close();
    return [reply.status, reply.body.toString()];
  }

  it("is accepted", async () => {
    const [status, text] = await send(user);
    expect(status).toBe(200);
    expect(text).toContain(`<Arn>${user.arn}</Arn>`);
  });

  it("is refused when it is of another secret", async () => {
    const [status, text] = await send({ ...user, secretAccessKey: "another" });
    expect(status).toBe(403);
    expect(text).toContain("SignatureDoesNotMatch");
  });
});
