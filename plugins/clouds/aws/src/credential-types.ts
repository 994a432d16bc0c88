import type { Connections, StoreLog } from "configmanager/plugin";
import type { Environment } from "./shared-config.ts";

/** Credentials of AWS, as its SDKs take them. */
export interface AwsCredentialIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When they end; none when they do not. */
  readonly expiration?: Date;
}

/** What credentials are found by. */
export interface AwsCredentialOptions {
  readonly env: Environment;
  /** How STS and SSO are reached. Endpoints of the machine itself (container, instance metadata) never go through a proxy. */
  readonly connections: Connections;
  readonly log: StoreLog;
}
