import { failed, goErrorTexts, type StoreValue } from "configmanager/plugin";
import type { SecretAddress } from "./address.ts";
import { crc32c } from "./crc32c.ts";
import { Failure } from "./failure.ts";
import { type SecretService, sendAuthorized } from "./send-authorized.ts";
import { toServiceFailure } from "./service-errors.ts";

/** One try to access a version. Rejects with a Failure or the network's error. */
export async function accessSecret(
  address: SecretAddress,
  service: SecretService,
  signal: AbortSignal,
): Promise<StoreValue> {
  const name = `${address.secret}/versions/${address.version}`;
  const answer = await sendAuthorized({ name, suffix: ":access" }, address, service, signal);
  if (answer.status === 200) return readVersion(answer.body, address, service, answer.host);
  throw toServiceFailure(answer, { address, name, host: answer.host, account: answer.account });
}

function readVersion(body: Buffer, address: SecretAddress, { log, progress }: SecretService, host: string): StoreValue {
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
  const version = versionOf(name);
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

/** The version in the resource name of one; undefined for anything else. */
export function versionOf(name: unknown): string | undefined {
  return typeof name === "string" ? /\/versions\/([^/]+)$/.exec(name)?.[1] : undefined;
}

/** What `:access` answers, as far as one can trust it. */
interface AccessAnswer {
  readonly name?: unknown;
  readonly payload?: { readonly data?: unknown; readonly dataCrc32c?: unknown } | null;
}
