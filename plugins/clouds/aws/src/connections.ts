import { readFile } from "node:fs/promises";
import { type Connections, createConnections, failed } from "configmanager/plugin";
import type { Environment } from "./shared-config.ts";

/** The connections of a store to AWS: with the proxies of the environment, and with the CAs of AWS_CA_BUNDLE. Rejects with `failed` when that file cannot be read. */
export async function createAwsConnections(env: Environment): Promise<Connections> {
  const file = env["AWS_CA_BUNDLE"];
  if (!file) return createConnections({ env });
  try {
    return createConnections({ env, caPem: [await readFile(file, "utf8")] });
  } catch (error) {
    throw failed(`the CA certificates of "${file}" cannot be read`, { hint: "correct AWS_CA_BUNDLE", cause: error });
  }
}
