/** The logins of the Vault that `kv-v2.ts` plays, as strict as the real ones with what they are shown. */
import { request as httpRequest } from "node:http";
import type { LoginCheck, LoginVerdict } from "./kv-v2.ts";

/** AppRole, for one role. */
export function approleLogin(role: { roleId: string; secretId: string; read: readonly string[] }): LoginCheck {
  return ({ role_id: roleId, secret_id: secretId }) =>
    roleId === role.roleId && secretId === role.secretId
      ? { read: role.read }
      : { errors: ["invalid role or secret ID"], status: 400 };
}

/** JWT and Kubernetes, which ask for the same: a role, and a token that it is bound to. */
export function jwtLogin(role: {
  name: string;
  jwt: string;
  read: readonly string[];
  leaseSeconds?: number;
}): LoginCheck {
  return (body) => {
    if (body["role"] !== role.name)
      return { errors: [`role "${String(body["role"])}" could not be found`], status: 400 };
    if (body["jwt"] !== role.jwt) return { errors: ["permission denied"], status: 403 };
    return { read: role.read, leaseSeconds: role.leaseSeconds };
  };
}

/** How the AWS login is set up. */
export interface AwsLoginOptions {
  /** By name: the ARN that the caller must have, `*` at the end for anything; and what it may read. */
  readonly roles: Readonly<Record<string, { readonly boundArn: string; readonly read: readonly string[] }>>;
  /** An STS that the login is shown to, with its signature; without it the caller's ARN is made up. */
  readonly stsUrl?: string | undefined;
  /** The value that `X-Vault-AWS-IAM-Server-ID` has to have, signed. */
  readonly serverId?: string | undefined;
}

/** AWS by the signed request of the caller, decoded, checked and forwarded to STS. */
export function awsLogin({ roles, stsUrl, serverId }: AwsLoginOptions): LoginCheck {
  return async (body) => {
    const role = roles[String(body["role"])];
    if (role === undefined) return { errors: [`entry for role ${String(body["role"])} not found`] };
    if (body["iam_http_request_method"] !== "POST") return { errors: ["invalid iam_http_request_method"] };
    const url = new URL(fromBase64(body["iam_request_url"]));
    const requestBody = fromBase64(body["iam_request_body"]);
    if (new URLSearchParams(requestBody).get("Action") !== "GetCallerIdentity" || url.pathname !== "/") {
      return { errors: ["iam_request_body is not a GetCallerIdentity request"] };
    }
    const headers = readHeaders(fromBase64(body["iam_request_headers"]));
    const refused = refuseHeaders(headers, serverId);
    if (refused !== undefined) return refused;
    const answer = stsUrl === undefined ? madeUp : await forward(stsUrl, url, headers, requestBody);
    if (answer.status !== 200) {
      return {
        errors: [`error making upstream request: received error code ${answer.status} from STS: ${answer.text}`],
      };
    }
    const arn = /<Arn>([^<]+)<\/Arn>/.exec(answer.text)?.[1] ?? "";
    const isBound = role.boundArn.endsWith("*") ? arn.startsWith(role.boundArn.slice(0, -1)) : arn === role.boundArn;
    return isBound
      ? { read: role.read }
      : { errors: [`IAM Principal "${arn}" does not belong to the role`], status: 403 };
  };
}

const madeUp = { status: 200, text: "<Arn>arn:aws:iam::123456789012:user/somebody</Arn>" };

/** The only headers of Amazon's that the real login forwards. */
const allowedAmazonHeaders = [
  "x-amz-algorithm",
  "x-amz-content-sha256",
  "x-amz-credential",
  "x-amz-date",
  "x-amz-security-token",
  "x-amz-signature",
  "x-amz-signedheaders",
  "x-amz-user-agent",
];

function fromBase64(value: unknown): string {
  return Buffer.from(String(value), "base64").toString();
}

function readHeaders(text: string): Record<string, string> {
  const headers = JSON.parse(text) as Record<string, string | string[]>;
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(",") : value,
    ]),
  );
}

function refuseHeaders(headers: Record<string, string>, serverId: string | undefined): LoginVerdict | undefined {
  const foreign = Object.keys(headers).find(
    (name) => name.startsWith("x-amz-") && !allowedAmazonHeaders.includes(name),
  );
  if (foreign !== undefined) return { errors: [`invalid request header: ${foreign}`] };
  const authorization = headers["authorization"] ?? "";
  if (!/Credential=[^/]+\/\d{8}\/us-east-1\/sts\/aws4_request/.test(authorization)) {
    return { errors: ["the request is not signed for STS in us-east-1"] };
  }
  if (serverId === undefined) return undefined;
  const name = "x-vault-aws-iam-server-id";
  const signed = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";") ?? [];
  if (headers[name] === undefined)
    return { errors: ["error validating X-Vault-AWS-IAM-Server-ID header: missing header"] };
  if (headers[name] === serverId && signed.includes(name)) return undefined;
  return { errors: ["error validating X-Vault-AWS-IAM-Server-ID header: expected another value, signed"] };
}

/** To another address than the one that was signed, under whose name it goes. */
function forward(
  stsUrl: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(new URL(url.pathname, stsUrl), {
      method: "POST",
      headers: { ...headers, host: url.host },
    });
    request.once("error", reject);
    request.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    request.end(body);
  });
}
