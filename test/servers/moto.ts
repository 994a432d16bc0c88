/** AWS on this machine: moto's SSM, Secrets Manager, STS and IAM. State is in memory and goes with the server. */
import { randomBytes } from "node:crypto";
import { requireInstalled } from "./installed.ts";
import { startMotoFront } from "./moto-front.ts";
import { startServerProcess } from "./server-process.ts";

/** How moto runs. */
export interface MotoOptions {
  /** Signatures and permissions are checked: only users of `createUser` get in, and do what they are allowed to. False unless set. */
  readonly auth?: boolean | undefined;
}

/** In whose account and region something is made; moto's own account and `motoRegion` unless set. */
export interface MotoPlace {
  /** Twelve digits. A user's key leads to the account in which the user was made. */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

/** An IAM user with a key. */
export interface MotoUser {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly arn: string;
  /** `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`. */
  readonly env: Readonly<Record<string, string>>;
}

/** A moto that runs; to be closed. What it is told through this is not subject to its own checks. */
export interface Moto {
  readonly port: number;
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** What a plugin needs: `AWS_ENDPOINT_URL`, `AWS_REGION`, and a made-up key, which opens nothing when signatures are checked. */
  readonly env: Readonly<Record<string, string>>;
  /** Calls an action of a service that speaks JSON: `call("ssm", "PutParameter", { … })`. Rejects with the service's answer when that is none of success. */
  readonly call: (
    service: "ssm" | "secretsmanager",
    action: string,
    input: unknown,
    place?: MotoPlace,
  ) => Promise<unknown>;
  /** Calls an action of IAM or STS; the answer is XML. */
  readonly query: (
    service: "iam" | "sts",
    action: string,
    input: Readonly<Record<string, string>>,
    place?: MotoPlace,
  ) => Promise<string>;
  /** Makes a user who may do these actions, `ssm:GetParameter`, and nothing else. moto knows no permission for a single resource. */
  readonly createUser: (allowed: readonly string[], place?: MotoPlace) => Promise<MotoUser>;
  /** Makes or overwrites a parameter; `String` unless set. */
  readonly putParameter: (
    name: string,
    value: string,
    options?: MotoPlace & { readonly type?: "String" | "StringList" | "SecureString" | undefined },
  ) => Promise<void>;
  /** Makes a secret of text or bytes. */
  readonly createSecret: (
    name: string,
    value: string | Uint8Array,
    place?: MotoPlace,
  ) => Promise<{ readonly arn: string; readonly versionId: string }>;
  /** Forgets everything, users too. */
  readonly reset: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The region that `env` names and in which things are made unless another is asked for. */
export const motoRegion = "eu-west-1";

/** Starts a moto on a free port of 127.0.0.1. */
export async function startMoto({ auth = false }: MotoOptions = {}): Promise<Moto> {
  const server = await startServerProcess({
    command: [...requireInstalled("moto"), "--host", "127.0.0.1", "--port", "0"],
    env: { PYTHONUNBUFFERED: "1", ...(auth ? { INITIAL_NO_AUTH_ACTION_COUNT: "0" } : {}) },
    ready: /Running on http:\/\/127\.0\.0\.1:(\d+)/,
  });
  const motoPort = Number(server.found[1]);
  const front = auth ? await startMotoFront(motoPort) : undefined;
  const port = front?.port ?? motoPort;
  const url = `http://127.0.0.1:${port}`;
  let last: Promise<unknown> = Promise.resolve();

  const send = async (path: string, body: string, headers: Record<string, string>): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${motoPort}${path}`, { method: "POST", body, headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`moto answered ${response.status}: ${text}`);
    return text;
  };
  // One after the other, since the door is open meanwhile.
  const tell = (body: string, headers: Record<string, string>): Promise<string> => {
    const told = last.then(async () => {
      if (!auth) return send("/", body, headers);
      await send("/moto-api/reset-auth", "inf", {});
      try {
        return await send("/", body, headers);
      } finally {
        await send("/moto-api/reset-auth", "0", {});
      }
    });
    last = told.catch(() => {});
    return told;
  };

  const call: Moto["call"] = async (service, action, input, place) => {
    const target = service === "ssm" ? "AmazonSSM" : "secretsmanager";
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": `${target}.${action}` };
    return JSON.parse(await tell(JSON.stringify(input), { ...headers, ...unsigned(service, place) })) as unknown;
  };
  const query: Moto["query"] = (service, action, input, place) => {
    const version = service === "iam" ? "2010-05-08" : "2011-06-15";
    const body = new URLSearchParams({ Action: action, Version: version, ...input }).toString();
    return tell(body, { "content-type": "application/x-www-form-urlencoded", ...unsigned(service, place) });
  };

  return {
    port,
    url,
    env: { AWS_ENDPOINT_URL: url, AWS_REGION: motoRegion, ...keyVariables(madeUp(), madeUp()) },
    call,
    query,
    async createUser(allowed, place) {
      const UserName = `user-${madeUp()}`;
      const created = await query("iam", "CreateUser", { UserName }, place);
      const statement = { Effect: "Allow", Action: allowed, Resource: "*" };
      const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
      await query("iam", "PutUserPolicy", { UserName, PolicyName: "allowed", PolicyDocument }, place);
      const key = await query("iam", "CreateAccessKey", { UserName }, place);
      const accessKeyId = element(key, "AccessKeyId");
      const secretAccessKey = element(key, "SecretAccessKey");
      return {
        accessKeyId,
        secretAccessKey,
        arn: element(created, "Arn"),
        env: keyVariables(accessKeyId, secretAccessKey),
      };
    },
    async putParameter(name, value, { type = "String", ...place } = {}) {
      await call("ssm", "PutParameter", { Name: name, Value: value, Type: type, Overwrite: true }, place);
    },
    async createSecret(name, value, place) {
      const content =
        typeof value === "string" ? { SecretString: value } : { SecretBinary: Buffer.from(value).toString("base64") };
      const made = (await call("secretsmanager", "CreateSecret", { Name: name, ...content }, place)) as Record<
        "ARN" | "VersionId",
        string
      >;
      return { arn: made.ARN, versionId: made.VersionId };
    },
    async reset() {
      await send("/moto-api/reset", "", {});
    },
    async close() {
      await front?.close();
      await server.close();
    },
  };
}

/** moto takes service and region from the form of a signature, and with its checks off does not look at the rest. */
function unsigned(service: string, { account, region = motoRegion }: MotoPlace = {}): Record<string, string> {
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=nobody/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    ...(account === undefined ? {} : { "x-moto-account-id": account }),
  };
}

function keyVariables(accessKeyId: string, secretAccessKey: string): Record<string, string> {
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}

function madeUp(): string {
  return randomBytes(10).toString("hex");
}

function element(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  if (text === undefined) throw new Error(`moto's answer has no ${name}`);
  return text;
}
