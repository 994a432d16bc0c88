import { type StoreError, toNetworkError, unauthenticated } from "configmanager/plugin";
import type { AwsCredentialIdentity, AwsCredentialOptions } from "./credential-types.ts";
import { isInstanceMetadataDisabled, isInstanceMetadataReachable } from "./instance-metadata.ts";
import { resolveStsRegion } from "./region.ts";
import { readProfile, sharedFiles } from "./shared-config.ts";

/** Credentials, or what to say of a place that has none. */
export type Found = { readonly credentials: AwsCredentialIdentity } | { readonly absent: string };

/** A place where credentials can be. */
export interface CredentialSource {
  readonly name: string;
  /** Rejects with `unauthenticated` or `unavailable` when the place is set up and has none to give: no other is tried then. */
  readonly load: (options: AwsCredentialOptions) => Promise<Found>;
}

/** Where credentials are looked for, in the order of the AWS SDK for Go. */
export const credentialSources: readonly CredentialSource[] = [
  { name: "environment", load: loadFromEnvironment },
  { name: "web identity", load: loadFromWebIdentity },
  { name: "profile", load: loadFromProfile },
  { name: "container endpoint", load: loadFromContainer },
  { name: "instance metadata", load: loadFromInstance },
];

async function loadFromEnvironment({ env }: AwsCredentialOptions): Promise<Found> {
  // The second names are older ones, which Go still takes.
  const accessKeyId = env["AWS_ACCESS_KEY_ID"] || env["AWS_ACCESS_KEY"];
  const secretAccessKey = env["AWS_SECRET_ACCESS_KEY"] || env["AWS_SECRET_KEY"];
  const sessionToken = env["AWS_SESSION_TOKEN"];
  if (!accessKeyId || !secretAccessKey)
    return { absent: "AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY (not both set)" };
  return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) } };
}

async function loadFromWebIdentity(options: AwsCredentialOptions): Promise<Found> {
  const { env } = options;
  const webIdentityTokenFile = env["AWS_WEB_IDENTITY_TOKEN_FILE"];
  if (!webIdentityTokenFile) return { absent: "AWS_WEB_IDENTITY_TOKEN_FILE (not set)" };
  const roleArn = env["AWS_ROLE_ARN"];
  if (!roleArn) {
    throw unauthenticated("AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not", { hint: "set AWS_ROLE_ARN" });
  }
  const roleSessionName = env["AWS_ROLE_SESSION_NAME"];
  const region = await resolveStsRegion(env);
  const { fromTokenFile } = await import("@aws-sdk/credential-providers");
  const provider = fromTokenFile({
    webIdentityTokenFile,
    roleArn,
    ...(roleSessionName ? { roleSessionName } : {}),
    parentClientConfig: { region, requestHandler: await requestHandlerOf(options) },
  });
  return loaded(provider, (error) => {
    if (errnoOf(error) !== undefined) {
      return unauthenticated(`web identity token file "${webIdentityTokenFile}" cannot be read (${errnoOf(error)})`, {
        hint: "correct AWS_WEB_IDENTITY_TOKEN_FILE",
      });
    }
    return (
      toNetworkError(error, `sts.${region}.amazonaws.com`) ??
      unauthenticated(`role "${roleArn}" could not be assumed with the web identity token: ${reasonOf(error)}`, {
        hint: "check the trust policy of the role, and that the token is of the right audience",
      })
    );
  });
}

async function loadFromProfile(options: AwsCredentialOptions): Promise<Found> {
  const { env } = options;
  const { name, isNamed, settings } = await readProfile(env);
  if (settings === undefined) {
    if (!isNamed) return { absent: 'profile "default" (not in the shared config and credentials files)' };
    throw unauthenticated(`AWS profile "${name}" is not in the shared config and credentials files`, {
      hint: "correct AWS_PROFILE, AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE",
    });
  }
  if (!credentialSettings.some((key) => settings[key])) {
    return { absent: `profile "${name}" (has no credentials)` };
  }
  const { fromIni } = await import("@aws-sdk/credential-providers");
  const requestHandler = await requestHandlerOf(options);
  const provider = fromIni({
    profile: name,
    ignoreCache: true,
    ...sharedFiles(env),
    // SSO takes its own region, unless one is given here.
    clientConfig: { requestHandler },
    parentClientConfig: { region: await resolveStsRegion(env), requestHandler },
  });
  return loaded(provider, (error) => {
    const network = toNetworkError(error, "AWS (STS or SSO)");
    if (network !== undefined) return network;
    // The text of a process that failed holds its command line and what it printed.
    const reason = settings["credential_process"] === undefined ? reasonOf(error) : "its credential_process failed";
    return unauthenticated(`AWS profile "${name}" gave no credentials: ${reason}`, {
      hint: profileHint(name, settings),
    });
  });
}

/** Any of them means that a profile is there to give credentials. */
const credentialSettings = [
  "aws_access_key_id",
  "role_arn",
  "source_profile",
  "credential_source",
  "web_identity_token_file",
  "credential_process",
  "sso_session",
  "sso_start_url",
  "login_session",
];

function profileHint(name: string, settings: Readonly<Record<string, string | undefined>>): string {
  if (settings["sso_session"] || settings["sso_start_url"]) return `run "aws sso login --profile ${name}"`;
  if (settings["login_session"]) return `run "aws login --profile ${name}"`;
  if (settings["credential_process"]) return "run the command of credential_process by hand";
  if (settings["mfa_serial"]) return "give the run temporary credentials: nobody is there to type a code of MFA";
  return `try "aws sts get-caller-identity --profile ${name}"`;
}

async function loadFromContainer({ env }: AwsCredentialOptions): Promise<Found> {
  const relativeUri = env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"];
  const fullUri = env["AWS_CONTAINER_CREDENTIALS_FULL_URI"];
  if (!relativeUri && !fullUri) {
    return { absent: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI (not set)" };
  }
  const token = env["AWS_CONTAINER_AUTHORIZATION_TOKEN"];
  const tokenFile = env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];
  const { fromHttp } = await import("@aws-sdk/credential-providers");
  // The SDK makes its own connections here, which know of no proxy. One of each, or it complains of two.
  const provider = fromHttp({
    ...(relativeUri
      ? { awsContainerCredentialsRelativeUri: relativeUri }
      : { awsContainerCredentialsFullUri: fullUri ?? "" }),
    ...(tokenFile
      ? { awsContainerAuthorizationTokenFile: tokenFile }
      : token
        ? { awsContainerAuthorizationToken: token }
        : {}),
    timeout: 1000,
    maxRetries: 1,
  });
  return loaded(provider, (error) =>
    unauthenticated(`the container's credential endpoint gave no credentials: ${localReasonOf(error)}`, {
      hint: "check the role of the task or pod, and AWS_CONTAINER_CREDENTIALS_*",
    }),
  );
}

async function loadFromInstance({ env }: AwsCredentialOptions): Promise<Found> {
  if (isInstanceMetadataDisabled(env)) return { absent: "instance metadata (AWS_EC2_METADATA_DISABLED)" };
  if (!(await isInstanceMetadataReachable(env))) return { absent: "instance metadata (no answer)" };
  const { fromInstanceMetadata } = await import("@aws-sdk/credential-providers");
  // Nobody has set it up on purpose: that it has nothing to give is no failure.
  try {
    return { credentials: await fromInstanceMetadata({ timeout: 1000, maxRetries: 1 })() };
  } catch (error) {
    return { absent: `instance metadata (${localReasonOf(error)})` };
  }
}

async function requestHandlerOf({ connections: { httpAgent, httpsAgent } }: AwsCredentialOptions) {
  const { NodeHttpHandler } = await import("@smithy/node-http-handler");
  return new NodeHttpHandler({ httpAgent, httpsAgent, requestTimeout: 10_000, throwOnRequestTimeout: true });
}

async function loaded(
  provider: () => Promise<AwsCredentialIdentity>,
  toError: (error: unknown) => StoreError,
): Promise<Found> {
  try {
    return { credentials: await provider() };
  } catch (error) {
    throw toError(error);
  }
}

function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "syscall" in error && "path" in error && "code" in error
    ? String(error.code)
    : undefined;
}

/** The text of an AWS service or SDK, of which none quotes a credential, in one line. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown reason";
  // What cannot be parsed is quoted in such an error.
  if (error instanceof SyntaxError) return "its answer cannot be read";
  const text = error.message.replace(/\s+/g, " ").trim();
  return error.name === "CredentialsProviderError" || error.name === "Error" ? text : `${error.name}: ${text}`;
}

/** The same for an endpoint that is not of AWS itself: only what the SDK says of it. */
function localReasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown reason";
  if ("statusCode" in error && typeof error.statusCode === "number") return `status ${error.statusCode}`;
  const isOfSdk = error.name === "CredentialsProviderError" || error.name === "ProviderError";
  return isOfSdk ? reasonOf(error) : "its answer cannot be read";
}
