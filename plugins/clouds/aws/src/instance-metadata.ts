import { createConnections, sendRequest } from "configmanager/plugin";
import type { Environment } from "./shared-config.ts";

/** True when the environment forbids to ask the instance metadata service. */
export function isInstanceMetadataDisabled(env: Environment): boolean {
  const disabled = env["AWS_EC2_METADATA_DISABLED"];
  return disabled !== undefined && disabled !== "" && disabled.toLowerCase() !== "false";
}

/** Whether the instance metadata service is there and answers; takes a second at most, and is asked once in a process. */
export function isInstanceMetadataReachable(env: Environment): Promise<boolean> {
  const endpoint = endpointOf(env);
  if (endpoint === undefined) return Promise.resolve(false);
  let known = reachable.get(endpoint.href);
  if (known === undefined) {
    // Not for a session token, as the AWS SDKs ask first: its answer does not reach every container, that to this does.
    known = ask(endpoint, "/latest/meta-data/", "GET").then((answer) => answer !== undefined);
    reachable.set(endpoint.href, known);
  }
  return known;
}

/** The region of the instance that this runs on; undefined when it is none, or does not say so at once. */
export async function readInstanceRegion(env: Environment): Promise<string | undefined> {
  const endpoint = endpointOf(env);
  if (isInstanceMetadataDisabled(env) || endpoint === undefined) return undefined;
  if (!(await isInstanceMetadataReachable(env))) return undefined;
  const token = await ask(endpoint, "/latest/api/token", "PUT", { "x-aws-ec2-metadata-token-ttl-seconds": "60" });
  if (token?.status !== 200) return undefined;
  const headers = { "x-aws-ec2-metadata-token": token.text };
  const region = await ask(endpoint, "/latest/meta-data/placement/region", "GET", headers);
  return region?.status === 200 ? region.text : undefined;
}

const answerLimitMs = 1000;
const reachable = new Map<string, Promise<boolean>>();

function endpointOf(env: Environment): URL | undefined {
  const isIpv6 = env["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.toLowerCase() === "ipv6";
  const endpoint =
    env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] || (isIpv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254");
  return URL.canParse(endpoint) ? new URL(endpoint) : undefined;
}

async function ask(
  endpoint: URL,
  path: string,
  method: "GET" | "PUT",
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly text: string } | undefined> {
  // Without an environment, so without a proxy.
  const connections = createConnections({ env: {} });
  const signal = AbortSignal.timeout(answerLimitMs);
  try {
    const url = new URL(path, endpoint);
    const { status, body } = await sendRequest({ url, method, headers, connections, signal, maxBodyBytes: 4096 });
    return { status, text: body.toString("utf8").trim() };
  } catch {
    return undefined;
  } finally {
    connections.close();
  }
}
