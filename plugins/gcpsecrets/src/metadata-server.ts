import { badRequest, type Connections, sendRequest } from "configmanager/plugin";
import { gcpMetadata } from "google-auth-library";
import { metadataHosts } from "./transporter.ts";

/** Whether this machine is Google's, and if not, how that was found out. */
export type MetadataServer = { readonly isThere: true } | { readonly isThere: false; readonly reason: string };

/**
 * Looks for a metadata server as `METADATA_SERVER_DETECTION` says: by what the machine's firmware tells, then by asking,
 * for a second at most. The library's own search takes three, and warns on stderr when nobody answers. Throws
 * `badRequest` for a setting that is none.
 */
export async function findMetadataServer(
  env: Readonly<Record<string, string | undefined>>,
  connections: Connections,
): Promise<MetadataServer> {
  const mode = (env["METADATA_SERVER_DETECTION"] ?? "").trim().toLowerCase();
  if (!["", "assume-present", "none", "bios-only", "ping-only"].includes(mode)) {
    throw badRequest(`METADATA_SERVER_DETECTION is "${mode}", which means nothing`, {
      hint: "set it to assume-present, none, bios-only or ping-only",
    });
  }
  if (mode === "none") {
    return { isThere: false, reason: "METADATA_SERVER_DETECTION forbids to ask for a metadata server" };
  }
  if (mode === "assume-present" || (mode !== "ping-only" && gcpMetadata.getGCPResidency())) return { isThere: true };
  if (mode === "bios-only") return { isThere: false, reason: "this is no machine of Google Cloud" };
  const hosts = metadataHosts(env);
  for (let tries = 1 + Math.max(0, Number(env["DETECT_GCP_RETRIES"]) || 0); tries > 0; tries--) {
    if (await anyAnswers(hosts, connections)) return { isThere: true };
  }
  return { isThere: false, reason: "there is no metadata server" };
}

const limitMs = 1000;

async function anyAnswers(hosts: readonly string[], connections: Connections): Promise<boolean> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(limitMs)]);
  const asked = hosts.map(async (host) => {
    const url = new URL("/computeMetadata/v1/instance", host);
    const { headers } = await sendRequest({ url, headers: { "metadata-flavor": "Google" }, connections, signal });
    // A router or a captive portal may answer at that address too.
    if (headers["metadata-flavor"] !== "Google") throw new Error("another server answers");
  });
  try {
    await Promise.any(asked);
    return true;
  } catch {
    return false;
  } finally {
    over.abort();
  }
}
