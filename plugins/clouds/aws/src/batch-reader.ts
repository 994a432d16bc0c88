import {
  asTheyCome,
  goErrorTexts,
  isStoreError,
  type StoreContext,
  type StoreError,
  type StoreRequest,
  type StoreResult,
  type StoreValue,
} from "configmanager/plugin";
import { type AwsServiceError, judgeRefusal, readAwsError } from "./aws-error.ts";
import type { AwsService, AwsServices } from "./services.ts";
import { type AwsAsked, refusalToStoreError, toAwsStoreError } from "./to-store-error.ts";

/** A value as a service gave it; undefined when its answer held none. */
export type ReadValue = StoreValue | undefined;

/** What a batch says of one of its addresses. */
export type BatchAnswer = { readonly value: ReadValue } | { readonly refusal: AwsServiceError };

/** How a service is asked for one value and for several. */
export interface BatchedReads<Client, Address extends { readonly region: string | undefined }> {
  /** Throws `badRequest`. */
  readonly addressOf: (request: StoreRequest) => Address;
  /** Addresses of one region with the same key have the same value, and are asked for once. */
  readonly keyOf: (address: Address) => string;
  readonly isBatchable: (address: Address) => boolean;
  readonly batchSize: number;
  readonly askOne: (client: Client, address: Address, signal: AbortSignal) => Promise<ReadValue>;
  /** By key. An address that it leaves out is asked for by itself. */
  readonly askSeveral: (
    client: Client,
    addresses: readonly Address[],
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, BatchAnswer>>;
  /** For the error of a single request. */
  readonly describe: (address: Address, region: string) => Pick<AwsAsked, "what" | "permission" | "resource">;
}

/** The `values` of a store. */
export type BatchReader = (
  requests: readonly StoreRequest[],
  context: StoreContext,
) => AsyncGenerator<StoreResult, void, undefined>;

/**
 * Reads values in batches as far as the service allows: one region at a time in a batch, no address twice, one address
 * by itself as a single request. When a batch is refused, because of one of its addresses or because nobody may ask for
 * batches, each address is asked for by itself; in a region where batches are denied none is tried again.
 */
export function createBatchReader<Client, Address extends { readonly region: string | undefined }>(
  services: AwsServices<Client>,
  reads: BatchedReads<Client, Address>,
): BatchReader {
  const withoutBatches = new Set<string>();

  return async function* read(requests, context) {
    const work: Promise<readonly StoreResult[]>[] = [];
    for (const group of await groupByRegion(requests)) {
      if ("failed" in group) {
        yield* group.failed;
        continue;
      }
      const { service, targets } = group;
      const ask = (target: Target<Address>): Promise<readonly StoreResult[]> => askOne(service, target, context);
      for (const batch of toBatches([...targets.values()])) {
        work.push(batch.length === 1 ? ask(batch[0]!) : askSeveral(service, batch, context));
      }
    }
    for await (const results of asTheyCome(work)) yield* results;
  };

  /** Addresses by region and key; those that cannot be asked for have their results at once. */
  async function groupByRegion(requests: readonly StoreRequest[]): Promise<readonly Group<Client, Address>[]> {
    const failed: StoreResult[] = [];
    const groups = new Map<string, { service: AwsService<Client>; targets: Map<string, Target<Address>> }>();
    for (const request of requests) {
      try {
        const address = reads.addressOf(request);
        const service = await services.inRegion(address.region);
        const group = groups.get(service.region) ?? { service, targets: new Map() };
        groups.set(service.region, group);
        const key = reads.keyOf(address);
        const target = group.targets.get(key);
        if (target === undefined) group.targets.set(key, { key, address, requests: [request] });
        else target.requests.push(request);
      } catch (error) {
        if (!isStoreError(error)) throw error;
        failed.push({ request, value: error });
      }
    }
    return [{ failed }, ...groups.values()];
  }

  function toBatches(targets: readonly Target<Address>[]): Target<Address>[][] {
    const batches = targets.filter(({ address }) => !reads.isBatchable(address)).map((target) => [target]);
    const batchable = targets.filter(({ address }) => reads.isBatchable(address));
    for (let start = 0; start < batchable.length; start += reads.batchSize) {
      batches.push(batchable.slice(start, start + reads.batchSize));
    }
    return batches;
  }

  async function askOne(
    service: AwsService<Client>,
    target: Target<Address>,
    context: StoreContext,
  ): Promise<readonly StoreResult[]> {
    try {
      const value = await service.call(
        (client, signal) => reads.askOne(client, target.address, signal),
        context.signal,
      );
      return toResults(target, valueOrEmpty(value, askedOf(service, target), context));
    } catch (error) {
      context.signal.throwIfAborted();
      return toResults(target, toAwsStoreError(error, askedOf(service, target)));
    }
  }

  async function askSeveral(
    service: AwsService<Client>,
    batch: readonly Target<Address>[],
    context: StoreContext,
  ): Promise<readonly StoreResult[]> {
    let answers: ReadonlyMap<string, BatchAnswer> = new Map();
    try {
      answers = await service.call(async (client, signal) => {
        // Known perhaps only since this batch waits for its turn.
        if (withoutBatches.has(service.region)) return new Map();
        return reads.askSeveral(
          client,
          batch.map(({ address }) => address),
          signal,
        );
      }, context.signal);
    } catch (error) {
      context.signal.throwIfAborted();
      const refusal = readAwsError(error);
      const asked = askedOf(service, batch[0]!);
      // Nobody, an unknown caller and a service in trouble: asking ten times more makes none of it better.
      if (refusal === undefined || !isRefusalOfBatch(refusal, asked)) {
        return batch.flatMap((target) => toResults(target, toAwsStoreError(error, askedOf(service, target))));
      }
      context.log.debug("batch was refused, asking for each value", { code: refusal.code, count: batch.length });
      if (isDenialOfBatches(refusal)) withoutBatches.add(service.region);
    }
    const results = batch.map(async (target) => {
      const answer = answers.get(target.key);
      if (answer !== undefined && "value" in answer) {
        return toResults(target, valueOrEmpty(answer.value, askedOf(service, target), context));
      }
      if (answer !== undefined && judgeRefusal(answer.refusal) === "final") {
        return toResults(target, refusalToStoreError(answer.refusal, askedOf(service, target)));
      }
      return askOne(service, target, context);
    });
    return (await Promise.all(results)).flat();
  }

  function askedOf({ region, host }: AwsService<Client>, { address }: Target<Address>): AwsAsked {
    return { ...reads.describe(address, region), region, host: host() };
  }
}

interface Target<Address> {
  readonly key: string;
  readonly address: Address;
  readonly requests: StoreRequest[];
}

type Group<Client, Address> =
  | { readonly failed: readonly StoreResult[] }
  | { readonly service: AwsService<Client>; readonly targets: ReadonlyMap<string, Target<Address>> };

function toResults({ requests }: Target<unknown>, value: StoreValue | StoreError): readonly StoreResult[] {
  return requests.map((request) => ({ request, value }));
}

function valueOrEmpty(value: ReadValue, { what }: AwsAsked, { log }: StoreContext): StoreValue {
  if (value !== undefined) return value;
  log.warn(goErrorTexts.emptyResponse, { path: what });
  return "";
}

/** Whether a batch was refused for what it asks. */
function isRefusalOfBatch(refusal: AwsServiceError, asked: AwsAsked): boolean {
  if (judgeRefusal(refusal) !== "final") return false;
  return refusalToStoreError(refusal, asked).kind !== "unauthenticated";
}

/** Whether batches are denied as such, as far as one can tell; that a key may not decrypt says nothing of batches. */
function isDenialOfBatches({ code, text }: AwsServiceError): boolean {
  return code.startsWith("AccessDenied") && !/kms/i.test(text);
}
