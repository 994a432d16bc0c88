import { badRequest, goErrorTexts, type StoreError } from "configmanager/plugin";
import type { AzureCloud, AzureService } from "./services.ts";

/** What a path says about where a value is. */
export interface AzureAddress {
  /** The first segment without the suffix of a cloud: the name of a vault, an account, a store; in lower case when it came as a host. */
  readonly resource: string;
  /** The host of the service, in lower case: `test-vault.vault.azure.net`. */
  readonly host: string;
  /** `https://<host>`, and `/<container>` where a service has one. */
  readonly url: string;
  /** The second segment where the service has two, else empty. */
  readonly container: string;
  /** All that follows, never empty but in a listing; a slash that was doubled is its first character. */
  readonly rest: string;
  readonly cloud: AzureCloud;
}

/**
 * Takes a path apart: one leading slash is dropped, the first segments belong to the URL of the service, the rest is left as
 * it is. A first segment that holds a dot is a host itself, in one of the clouds of the service.
 *
 * Throws `badRequest` for too few segments, an unknown cloud, and what cannot be part of a URL.
 */
export function splitAddress(path: string, service: AzureService): AzureAddress {
  const address = splitListAddress(path, service);
  if (address.rest === "") throw tooShort(path, service);
  return address;
}

/** The same for a path below which values are listed: the rest may be empty, and is what their names begin with. */
export function splitListAddress(path: string, service: AzureService): AzureAddress {
  const parts = (path.startsWith("/") ? path.slice(1) : path).split("/");
  const [first = "", second = ""] = parts;
  const container = service.segments === 2 ? second : "";
  const rest = parts.slice(service.segments).join("/");
  if (first === "" || (service.segments === 2 && second === "")) throw tooShort(path, service);

  const { resource, cloud } = first.includes(".")
    ? splitHost(first.toLowerCase(), service)
    : { resource: first, cloud: service.clouds[0] };
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(resource)) throw badName(first, service);
  if (!/^[\w$.~-]*$/.test(container)) throw badName(container, service);
  const host = `${resource.toLowerCase()}.${cloud.suffix}`;
  return {
    resource,
    host,
    url: `https://${host}${service.segments === 2 ? `/${container}` : ""}`,
    container,
    rest,
    cloud,
  };
}

function splitHost(host: string, service: AzureService): { readonly resource: string; readonly cloud: AzureCloud } {
  const cloud = service.clouds.find(({ suffix }) => host.endsWith(`.${suffix}`));
  if (cloud !== undefined) return { resource: host.slice(0, -cloud.suffix.length - 1), cloud };
  const suffixes = service.clouds.map(({ suffix }) => `"${suffix}"`).join(", ");
  throw badRequest(`${goErrorTexts.clientInitialization}: "${host}" is no host of a known Azure cloud`, {
    hint: `write the name of the ${service.resource} alone, or a host that ends in one of ${suffixes}`,
  });
}

function tooShort(path: string, { pathForm }: AzureService): StoreError {
  return badRequest(`"${path}" is not of the form ${pathForm}`, { hint: `write ${pathForm}` });
}

/** In the words of the Go stores, whose client refuses such a URL. */
function badName(name: string, { resource, pathForm }: AzureService): StoreError {
  return badRequest(`${goErrorTexts.clientInitialization}: "${name}" cannot be part of the address of a ${resource}`, {
    hint: `write ${pathForm}, where names consist of letters, digits and hyphens`,
  });
}
