import { appConfiguration } from "@configmanager-plugins/azure";
import {
  asTheyCome,
  goErrorTexts,
  retrievalFailed,
  type Store,
  type StoreContext,
  type StoreError,
  type StoreLog,
  type StoreRequest,
  type StoreResult,
  type StoreValue,
} from "configmanager/plugin";
import manifest from "../package.json" with { type: "json" };
import { type SettingAddress, settingAddress } from "./address.ts";
import { planBatches } from "./batches.ts";
import type { Setting, SettingReader } from "./client.ts";

let reader: SettingReader | undefined;

/** Settings of Azure App Configuration. Those of one store and label are asked for five at a time. */
export const appConfigurationStore: Store = {
  prefix: "AZAPPCONF",
  version: manifest.version,
  summary: "Azure App Configuration: the value of a setting",
  pathForm: appConfiguration.pathForm,
  metadataKeys: {
    label: "the label of the setting; the setting without a label unless set",
    etag: "an error unless the setting has another one",
    acceptedDateTime: "the setting as it was then, as RFC 3339: 2026-01-31T23:59:59Z",
  },
  async setUp(context) {
    const { createSettingReader } = await import("./client.ts");
    reader = createSettingReader(context);
  },
  async *values(requests, context) {
    const asked: Asked[] = [];
    for (const request of requests) {
      try {
        asked.push({ request, address: settingAddress(request) });
      } catch (error) {
        yield { request, value: error as StoreError };
      }
    }
    const answers = planBatches(asked).map((batch) => answerBatch(batch, context));
    for await (const results of asTheyCome(answers)) yield* results;
  },
  async *list(request, context) {
    const { listSettings } = await import("./list-settings.ts");
    for await (const { path, setting } of listSettings(reader!.clients, request, context.signal)) {
      yield { path, value: toValue(setting, path, context.log) };
    }
  },
  tearDown: () => reader?.clients.close(),
};

interface Asked {
  readonly request: StoreRequest;
  readonly address: SettingAddress;
}

async function answerBatch(batch: readonly Asked[], context: StoreContext): Promise<readonly StoreResult[]> {
  const addresses = batch.map(({ address }) => address);
  const [first, ...others] = addresses;
  const together =
    first === undefined || others.length === 0
      ? undefined
      : await reader!.readTogether([first, ...others], context.signal);
  const outcomes = together ?? (await Promise.all(addresses.map((address) => readAlone(address, context.signal))));
  return batch.map(({ request }, index) => {
    const outcome = outcomes[index]!;
    const value = outcome instanceof Error ? retrievalFailed(outcome) : toValue(outcome, request.path, context.log);
    return { request, value };
  });
}

async function readAlone(address: SettingAddress, signal: AbortSignal): Promise<Setting | StoreError> {
  try {
    return await reader!.read(address, signal);
  } catch (error) {
    signal.throwIfAborted();
    return error as StoreError;
  }
}

function toValue({ value, etag, contentType }: Setting, path: string, log: StoreLog): StoreValue {
  if (value === null) log.warn(goErrorTexts.emptyResponse, { path });
  if (contentType?.startsWith("application/vnd.microsoft.appconfig.keyvaultref") === true) {
    log.debug("setting is a reference to a Key Vault secret, which is not read; use AZKVSECRET for it", { path });
  }
  return { data: value ?? "", version: etag };
}
