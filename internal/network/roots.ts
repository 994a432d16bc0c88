import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import { NetworkSettingError } from "./setting-error.ts";

/**
 * The CA certificates that a connection trusts, as PEM, when they are others than Node's own choice (its roots and
 * `NODE_EXTRA_CA_CERTS`): those, what `SSL_CERT_FILE` holds, as Go reads it, and `extraPem`. Undefined when Node's choice
 * is right. Throws NetworkSettingError for a file that cannot be read.
 */
export function trustedRoots(
  env: Readonly<Record<string, string | undefined>>,
  extraPem: readonly string[] = [],
): string[] | undefined {
  const files = [env["SSL_CERT_FILE"]].filter((file) => file !== undefined && file !== "");
  if (files.length === 0 && extraPem.length === 0) return undefined;
  // A list of one's own takes the place of all that Node trusts, so that has to be said again.
  const nodeExtra = env["NODE_EXTRA_CA_CERTS"];
  const nodeFiles = nodeExtra === undefined || nodeExtra === "" ? [] : readIfThere(nodeExtra);
  return [...rootCertificates, ...nodeFiles, ...files.map((file) => readCertificates(file!)), ...extraPem];
}

function readCertificates(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const message = `the CA certificates of "${file}" cannot be read`;
    throw new NetworkSettingError("certificates", message, "correct SSL_CERT_FILE", error);
  }
}

/** Node itself only warns when there is no such file. */
function readIfThere(file: string): string[] {
  try {
    return [readFileSync(file, "utf8")];
  } catch {
    return [];
  }
}
