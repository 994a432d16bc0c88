import type { AwsCredentialIdentity } from "./credential-types.ts";

/** A request to sign. */
export interface AwsRequest {
  readonly method: string;
  readonly url: string | URL;
  /** All of them are signed, but those that proxies change. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** As AWS names it in signatures: `sts`. */
  readonly service: string;
  readonly region: string;
  readonly credentials: AwsCredentialIdentity;
  /** Now unless set. */
  readonly date?: Date;
}

/**
 * Signs a request by AWS Signature Version 4. Resolves to the headers to send: those given and `host`, `x-amz-date`,
 * `x-amz-security-token` (with temporary credentials) and `authorization`.
 */
export async function signAwsRequest(request: AwsRequest): Promise<Record<string, string>> {
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([
    import("@smithy/signature-v4"),
    import("@aws-crypto/sha256-js"),
  ]);
  const { method, headers, body, service, region, credentials, date } = request;
  const url = new URL(request.url);
  // No header with the body's hash: only S3 wants it, and a receiver may allow few headers.
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, applyChecksum: false });
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) (query[name] ??= []).push(value);
  const signed = await signer.sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === "" ? {} : { port: Number(url.port) }),
      path: url.pathname,
      query,
      headers: { host: url.host, ...headers },
      body,
    },
    date === undefined ? {} : { signingDate: date },
  );
  return signed.headers;
}
