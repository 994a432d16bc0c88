import { createConnections, type StoreLog } from "configmanager/plugin";
import type { Env } from "./settings.ts";

/** What Vault is shown to know an AWS principal: a request to STS that it sends itself. */
export interface AwsLoginBody {
  readonly iam_http_request_method: "POST";
  /** Base64, like the two below. */
  readonly iam_request_url: string;
  /** The signed headers as JSON, each value in a list. */
  readonly iam_request_headers: string;
  readonly iam_request_body: string;
}

/** Gives a new signed request each time. */
export type AwsLoginSigner = () => Promise<AwsLoginBody>;

const stsUrl = "https://sts.amazonaws.com/";
const stsBody = "Action=GetCallerIdentity&Version=2011-06-15";

/**
 * Signs `GetCallerIdentity` for the global STS, whose signatures are those of us-east-1 whatever AWS_REGION says. The
 * AWS code is loaded here and nowhere else.
 */
export async function createAwsLoginSigner(env: Env, log: StoreLog): Promise<AwsLoginSigner> {
  const { createAwsCredentials, signAwsRequest } = await import("@configmanager-plugins/aws");
  // Not those of Vault, whose certificates and proxy are its own.
  const provide = createAwsCredentials({ env, connections: createConnections({ env }), log });
  const serverId = env["VAULT_AWS_IAM_SERVER_ID"];
  return async () => {
    const signed = await signAwsRequest({
      method: "POST",
      url: stsUrl,
      headers: {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "content-length": String(stsBody.length),
        ...(serverId ? { "x-vault-aws-iam-server-id": serverId } : {}),
      },
      body: stsBody,
      service: "sts",
      region: "us-east-1",
      credentials: await provide(),
    });
    const headers = Object.fromEntries(Object.entries(signed).map(([name, value]) => [headerCase(name), [value]]));
    return {
      iam_http_request_method: "POST",
      iam_request_url: toBase64(stsUrl),
      iam_request_headers: toBase64(JSON.stringify(headers)),
      iam_request_body: toBase64(stsBody),
    };
  };
}

/** As Go writes the names of headers, and as Vault looks for its own among them. */
function headerCase(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_match, before: string, letter: string) => before + letter.toUpperCase());
}

function toBase64(text: string): string {
  return Buffer.from(text).toString("base64");
}
