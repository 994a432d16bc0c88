import {
  AppConfigurationClient,
  type ConfigurationSetting,
  type ListConfigurationSettingPage,
} from "@azure/app-configuration";
import { type AzureClients, createAzureClients, toAzureStoreError } from "@configmanager-plugins/azure";
import { failed, isStoreError, type StoreContext, StoreError } from "configmanager/plugin";
import type { SettingAddress } from "./address.ts";
import { keyFilter, labelFilter } from "./batches.ts";

/** A setting as the service gave it. */
export interface Setting {
  /** Null for a setting that was written without one. */
  readonly value: string | null;
  readonly etag: string | undefined;
  readonly contentType: string | undefined;
}

/** Reads settings of any store; to be closed. Throws a StoreError of the kind that fits, or the reason of the signal. */
export interface SettingReader {
  readonly read: (address: SettingAddress, signal: AbortSignal) => Promise<Setting>;
  /**
   * Reads settings of one store under one label by one request, as `planBatches` puts them together: in their order, with
   * an error for each that is not there. Undefined when that is not possible, so that each has to be read by itself.
   */
  readonly readTogether: (
    addresses: readonly [SettingAddress, ...SettingAddress[]],
    signal: AbortSignal,
  ) => Promise<readonly (Setting | StoreError)[] | undefined>;
  /** What asks for it. */
  readonly clients: AzureClients<AppConfigurationClient>;
}

/** Makes the reader of a process. */
export function createSettingReader({ env }: Pick<StoreContext, "env">): SettingReader {
  const clients = createAzureClients(
    env,
    ({ url }, credential, options) => new AppConfigurationClient(url, credential, { ...options }),
  );
  return {
    async read(address, signal) {
      try {
        return await clients.ask(address, (client, attempt) => readOne(client, address, attempt), signal);
      } catch (error) {
        signal.throwIfAborted();
        throw toStoreError(error, address);
      }
    },
    async readTogether(addresses, signal) {
      try {
        return await clients.ask(addresses[0], (client, attempt) => readListed(client, addresses, attempt), signal);
      } catch (error) {
        signal.throwIfAborted();
        if (isAboutListing(error)) return undefined;
        return addresses.map((address) => toStoreError(error, address));
      }
    },
    clients,
  };
}

async function readOne(
  client: AppConfigurationClient,
  address: SettingAddress,
  abortSignal: AbortSignal,
): Promise<Setting> {
  const { key, label, etag, at } = address;
  const answer = await client.getConfigurationSetting(
    {
      // The client encodes nothing that means something in a URL.
      key: encodeURIComponent(key),
      ...(label === undefined ? {} : { label: encodeURIComponent(label) }),
      ...(etag === undefined ? {} : { etag }),
    },
    {
      abortSignal,
      ...(etag === undefined ? {} : { onlyIfChanged: true }),
      ...(at === undefined ? {} : { acceptDateTime: at }),
    },
  );
  if (answer.statusCode === 304) {
    throw failed(`${nameOf(address)} is unchanged (304)`, { hint: "drop etag to read it in any case" });
  }
  return toSetting(answer, address);
}

async function readListed(
  client: AppConfigurationClient,
  addresses: readonly [SettingAddress, ...SettingAddress[]],
  abortSignal: AbortSignal,
): Promise<readonly (Setting | StoreError)[]> {
  const { label } = addresses[0];
  const byKey = new Map<string, Setting>();
  const listing = client.listConfigurationSettings({
    keyFilter: keyFilter([...new Set(addresses.map(({ key }) => key))]),
    labelFilter: labelFilter(label),
    abortSignal,
  });
  for await (const page of listing.byPage()) {
    for (const item of itemsOf(page, addresses[0])) {
      if (item.label === label) byKey.set(item.key, toSetting(item, addresses[0]));
    }
  }
  return addresses.map((address) => byKey.get(address.key) ?? missing(`${nameOf(address)} was not found`, address));
}

/** What is on a page. The client takes what it cannot parse for a page with nothing on it, and nothing was found then. */
export function itemsOf(
  page: ListConfigurationSettingPage,
  place: Pick<SettingAddress, "host">,
): readonly ConfigurationSetting[] {
  // oxlint-disable-next-line no-underscore-dangle -- the client names it so
  const { body } = page._response as { readonly body?: { readonly items?: unknown } };
  if (!Array.isArray(body?.items)) throw noSetting(place);
  return page.items;
}

/** A setting of an answer. The client takes one that it cannot parse for a setting of which nothing is known. */
export function toSetting(
  { key, value, etag, contentType }: ConfigurationSetting,
  address: Pick<SettingAddress, "host">,
): Setting {
  if (typeof key !== "string" || (typeof value !== "string" && value !== null && value !== undefined)) {
    throw noSetting(address);
  }
  return { value: value ?? null, etag, contentType };
}

function noSetting({ host }: Pick<SettingAddress, "host">): StoreError {
  return failed(`the answer of "${host}" is no setting`, {
    hint: "try again, and look at what stands between you and the service",
  });
}

/** Whether the error may well be one of listing: single settings have no filter that could be wrong or too long. */
function isAboutListing(error: unknown): boolean {
  if (isStoreError(error)) return error.kind === "failed";
  // Of an answer that cannot be parsed the client says that it was a success.
  const { statusCode: status } = error as { readonly statusCode?: number };
  if (status === undefined) return false;
  return status < 300 || status === 400 || (status >= 404 && status < 500 && status !== 408 && status !== 429);
}

function toStoreError(error: unknown, address: SettingAddress): StoreError {
  const { host, store } = address;
  const storeError = toAzureStoreError(error, { host, what: nameOf(address), permission: permissionFor(store) });
  return storeError.kind === "notFound" ? missing(storeError.message, address) : storeError;
}

/** What is needed to read a store. */
export function permissionFor(store: string): string {
  return `the role "App Configuration Data Reader" on App Configuration store "${store}"`;
}

function missing(message: string, { label }: SettingAddress): StoreError {
  const hint = label === undefined ? "check the key, or name a label: [label=…]" : "check the key and the label";
  return new StoreError("notFound", message, { hint });
}

function nameOf({ store, key, label }: SettingAddress): string {
  return `setting "${key}" ${labelName(label)} of App Configuration store "${store}"`;
}

/** A label for people, as what follows a setting. */
export function labelName(label: string | undefined): string {
  return label === undefined ? "without a label" : `with the label "${label}"`;
}
