import { appConfiguration, type AzureAddress, splitAddress, splitListAddress } from "@configmanager-plugins/azure";
import {
  badRequest,
  clientInitializationFailed,
  type ListRequest,
  refuseMetadata,
  type StoreRequest,
} from "configmanager/plugin";
import { parsePointInTime } from "./point-in-time.ts";

/** Which setting is asked for, and which state of it. */
export interface SettingAddress extends Pick<AzureAddress, "host" | "url" | "cloud"> {
  readonly store: string;
  readonly key: string;
  /** Undefined for the setting without a label. */
  readonly label: string | undefined;
  /** Only a setting with another one is wanted. */
  readonly etag: string | undefined;
  /** The setting as it was then. */
  readonly at: Date | undefined;
}

/**
 * The setting that a request means: path `<store or host>/<key>`, metadata `label`, `etag`, `acceptedDateTime`, of which an
 * empty one says nothing. Throws `badRequest` for anything else.
 */
export function settingAddress({ path, metadata }: StoreRequest): SettingAddress {
  const { resource: store, host, url, cloud, rest: key } = splitAddress(path, appConfiguration);
  // A URL drops them, and would ask for something else.
  if (key === "." || key === "..")
    throw badRequest(`"${key}" is no key`, { hint: `write ${appConfiguration.pathForm}` });
  return {
    host,
    url,
    cloud,
    store,
    key,
    label: textOf(metadata["label"]),
    etag: textOf(metadata["etag"]),
    at: pointInTime(textOf(metadata["acceptedDateTime"])),
  };
}

/** Settings of a store whose keys begin alike. */
export interface SettingsAddress extends Pick<SettingAddress, "host" | "url" | "cloud" | "store" | "label" | "at"> {
  /** What the keys begin with; empty for all. */
  readonly prefix: string;
  /** What comes before a key in the path by which a setting is asked for. */
  readonly above: string;
}

/**
 * What a listing is of: `<store>`, `<store>/` or `<store>/<beginning of a key>`, metadata `label` and `acceptedDateTime`.
 * Throws `badRequest` for anything else.
 */
export function settingsAddress(request: ListRequest): SettingsAddress {
  refuseMetadata(request, ["etag"], "listing");
  const { path, metadata } = request;
  const { resource: store, host, url, cloud, rest: prefix } = splitListAddress(path, appConfiguration);
  const above = prefix === "" && !path.endsWith("/") ? `${path}/` : path.slice(0, path.length - prefix.length);
  const label = textOf(metadata["label"]);
  return { host, url, cloud, store, prefix, above, label, at: pointInTime(textOf(metadata["acceptedDateTime"])) };
}

function textOf(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}

function pointInTime(text: string | undefined): Date | undefined {
  try {
    return text === undefined ? undefined : parsePointInTime(text);
  } catch (error) {
    // The Go store reads the date when it makes its client.
    throw clientInitializationFailed(error);
  }
}
