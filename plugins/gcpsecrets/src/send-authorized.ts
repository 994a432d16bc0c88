import { type Connections, type HttpResponse, sendRequest, type StoreLog } from "configmanager/plugin";
import type { SecretAddress } from "./address.ts";
import type { Credentials } from "./credentials.ts";

/** What a secret is read and written with. */
export interface SecretService {
  readonly credentials: Credentials;
  readonly connections: Connections;
  readonly log: StoreLog;
  readonly progress: CallProgress;
}

/** What is kept over all tries of one call. */
export interface CallProgress {
  /** How many answers could not be used. */
  unusable: number;
  /** Whom the last try was about to reach; undefined while there is no token. */
  host: string | undefined;
}

/** A request to Secret Manager. */
export interface ServiceRequest {
  /** A resource name of Google's, not encoded: `projects/<project>/secrets/<secret>`. */
  readonly name: string;
  /** What follows the name as it is: `:access`. */
  readonly suffix?: string | undefined;
  /** Sent as JSON by POST; a GET unless set. */
  readonly body?: object | undefined;
}

/** An answer, whatever its status, and between whom it was. */
export interface ServiceAnswer extends HttpResponse {
  readonly host: string;
  readonly account: string | undefined;
}

/** Sends a request, twice when the first one's token is refused. Rejects with a Failure of the credentials or the network's error. */
export async function sendAuthorized(
  { name, suffix = "", body }: ServiceRequest,
  { location }: Pick<SecretAddress, "location">,
  { credentials, connections, progress }: SecretService,
  signal: AbortSignal,
): Promise<ServiceAnswer> {
  for (let isSecond = false; ; isSecond = true) {
    progress.host = undefined;
    const authorization = await credentials.authorize(signal);
    const host = hostOf(location, authorization.universe);
    progress.host = host;
    const response = await sendRequest({
      url: `https://${host}/v1/${name.split("/").map(encodeURIComponent).join("/")}${suffix}`,
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...authorization.headers,
      },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      connections,
      signal,
    });
    if (response.status === 401 && !isSecond && credentials.renew(authorization)) continue;
    if (response.status !== 401) credentials.proved(authorization);
    return { ...response, host, account: authorization.account };
  }
}

/** A regional secret is nowhere but in its region. */
function hostOf(location: string | undefined, universe: string): string {
  return location === undefined ? `secretmanager.${universe}` : `secretmanager.${location}.rep.${universe}`;
}
