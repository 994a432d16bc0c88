import type { AppConfigurationClient, ListConfigurationSettingPage } from "@azure/app-configuration";
import { type AzureClients, toAzureStoreError } from "@configmanager-plugins/azure";
import { type ListRequest, retrievalFailed } from "configmanager/plugin";
import { type SettingsAddress, settingsAddress } from "./address.ts";
import { labelFilter, prefixFilter } from "./batches.ts";
import { itemsOf, labelName, permissionFor, type Setting, toSetting } from "./client.ts";

/** A setting of a listing. */
export interface ListedSetting {
  /** By which it is asked for, under the same label. */
  readonly path: string;
  readonly setting: Setting;
}

/** The settings of a store under one label whose keys begin alike; levels are those between slashes. Throws as a read does. */
export async function* listSettings(
  clients: AzureClients<AppConfigurationClient>,
  request: ListRequest,
  signal: AbortSignal,
): AsyncGenerator<ListedSetting, void, undefined> {
  const place = settingsAddress(request);
  const { prefix, above, label } = place;
  let continuationToken: string | undefined;
  do {
    const page = await readPage(clients, place, continuationToken, signal);
    for (const item of itemsOf(page, place)) {
      const setting = toSetting(item, place);
      if (item.label !== label || !item.key.startsWith(prefix)) continue;
      if (!request.recursive && item.key.slice(prefix.length).includes("/")) continue;
      yield { path: `${above}${item.key}`, setting };
    }
    ({ continuationToken } = page);
  } while (continuationToken !== undefined);
}

async function readPage(
  clients: AzureClients<AppConfigurationClient>,
  place: SettingsAddress,
  continuationToken: string | undefined,
  signal: AbortSignal,
): Promise<ListConfigurationSettingPage> {
  const { host, store, prefix, label, at } = place;
  try {
    return await clients.ask(
      place,
      async (client, abortSignal) => {
        const listing = client.listConfigurationSettings({
          keyFilter: prefixFilter(prefix),
          labelFilter: labelFilter(label),
          abortSignal,
          ...(at === undefined ? {} : { acceptDateTime: at }),
        });
        const pages = listing.byPage(continuationToken === undefined ? {} : { continuationToken });
        const { value } = (await pages.next()) as { readonly value: ListConfigurationSettingPage };
        return value;
      },
      signal,
    );
  } catch (error) {
    signal.throwIfAborted();
    const what = `the settings "${prefix}*" ${labelName(label)} of App Configuration store "${store}"`;
    const permission = permissionFor(store);
    throw retrievalFailed(toAzureStoreError(error, { host, what, permission, action: "listed" }));
  }
}
