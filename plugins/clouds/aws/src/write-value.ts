import { createWriteDoubt } from "configmanager/plugin";
import { provesNothingDone } from "./aws-error.ts";
import type { AwsService } from "./services.ts";
import { type AwsAsked, toAwsStoreError } from "./to-store-error.ts";

/** What is written, to say it in an error. */
export type AwsWritten = Omit<AwsAsked, "action" | "region" | "host">;

/**
 * Does a write that may be done again: one that ends in the same state, however often it is tried. Rejects with the error
 * of the last try, which says so when the value may have been written, or with the reason of the signal. Work that finds
 * out by an error of the client that there is a value already rejects with `alreadyExists`; after a try that got no answer
 * that may be its own value, and is reported so.
 */
export async function writeAwsValue<Client, T>(
  service: AwsService<Client>,
  written: AwsWritten,
  work: (client: Client, signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const doubt = createWriteDoubt(provesNothingDone);
  try {
    return await service.call((client, attempt) => doubt.watch(() => work(client, attempt), attempt), signal);
  } catch (error) {
    signal.throwIfAborted();
    const asked: AwsAsked = { ...written, action: "written", region: service.region, host: service.host() };
    throw doubt.settle(toAwsStoreError(error, asked));
  }
}
