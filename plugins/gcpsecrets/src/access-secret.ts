import {
  type Connections,
  failed,
  goErrorTexts,
  sendRequest,
  type StoreLog,
  type StoreValue,
} from "configmanager/plugin";
import type { SecretAddress } from "./address.ts";
import { crc32c } from "./crc32c.ts";
import type { Credentials } from "./credentials.ts";
import { Failure } from "./failure.ts";
import { toServiceFailure } from "./service-errors.ts";

/** What one secret is asked for with. */
export interface SecretAccess {
  readonly address: SecretAddress;
  readonly credentials: Credentials;
  readonly connections: Connections;
  readonly log: StoreLog;
  readonly progress: AccessProgress;
}

/** What is kept over all tries for one secret. */
export interface AccessProgress {
  /** How many answers could not be used. */
  unusable: number;
  /** Whom the last try was about to reach; undefined while there is no token. */
  host: string | undefined;
}

/** One try to access a version, two when the first one's token is refused. Rejects with a Failure or the network's error. */
export async function accessSecret(access: SecretAccess, signal: AbortSignal): Promise<StoreValue> {
  const { address, credentials, connections, progress } = access;
  const name = `${address.secret}/versions/${address.version}`;
  for (let isSecond = false; ; isSecond = true) {
    progress.host = undefined;
    const authorization = await credentials.authorize(signal);
    const host = hostOf(address, authorization.universe);
    progress.host = host;
    const { status, headers, body } = await sendRequest({
      url: `https://${host}/v1/${name.split("/").map(encodeURIComponent).join("/")}:access`,
      headers: { accept: "application/json", ...authorization.headers },
      connections,
      signal,
    });
    if (status === 401 && !isSecond && credentials.renew(authorization)) continue;
    if (status !== 401) credentials.proved(authorization);
    if (status === 200) return readVersion(body, access, host);
    throw toServiceFailure({ status, headers, body }, { address, name, host, account: authorization.account });
  }
}

/** A regional secret is nowhere but in its region. */
function hostOf({ location }: SecretAddress, universe: string): string {
  return location === undefined ? `secretmanager.${universe}` : `secretmanager.${location}.rep.${universe}`;
}

function readVersion(body: Buffer, { address, log, progress }: SecretAccess, host: string): StoreValue {
  const unusable = (reason: string): Failure =>
    new Failure(
      failed(`"${host}" answered with ${reason}`, { hint: "look at what stands between this machine and Google" }),
      // Something on the way may have harmed it once.
      progress.unusable++ === 0 ? "transient" : "final",
    );
  let answer: AccessAnswer;
  try {
    answer = JSON.parse(body.toString()) as AccessAnswer;
  } catch {
    throw unusable("what is no JSON");
  }
  if (typeof answer !== "object" || answer === null) throw unusable("what is no version of a secret");
  const { name, payload } = answer;
  const version = typeof name === "string" ? /\/versions\/([^/]+)$/.exec(name)?.[1] : undefined;
  const data = payload?.data ?? "";
  if (data === "") {
    log.warn(goErrorTexts.emptyResponse, { token: address.path });
    return { data: "", version };
  }
  if (typeof data !== "string" || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(data)) throw unusable("a payload that is no base64");
  const bytes = Buffer.from(data, "base64");
  const checksum = payload?.dataCrc32c ?? undefined;
  if (checksum !== undefined && Number(checksum) !== crc32c(bytes)) {
    throw unusable("a payload that does not fit its checksum");
  }
  return { data: bytes, version };
}

/** What `:access` answers, as far as one can trust it. */
interface AccessAnswer {
  readonly name?: unknown;
  readonly payload?: { readonly data?: unknown; readonly dataCrc32c?: unknown } | null;
}
