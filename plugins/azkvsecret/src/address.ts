import { type AzureCloud, keyVault, splitAddress, splitListAddress } from "@configmanager-plugins/azure";
import { badRequest, type ListRequest, refuseMetadata, type StoreRequest } from "configmanager/plugin";

/** A secret, and one of its versions. */
export interface SecretAddress {
  readonly vault: string;
  /** The host of the vault. */
  readonly host: string;
  /** `https://<host>`. */
  readonly url: string;
  readonly cloud: AzureCloud;
  /** Not encoded, and as it was written: also with slashes, which Key Vault itself does not allow. */
  readonly name: string;
  /** Empty for the current one. */
  readonly version: string;
}

/** What a request asks for: `<vault>/<secret name>`, and the metadata `version`. Throws `badRequest`. */
export function toSecretAddress({ path, metadata }: StoreRequest): SecretAddress {
  const { resource: vault, host, url, cloud, rest: name } = splitAddress(path, keyVault);
  const version = metadata["version"] ?? "";
  for (const segment of [name, version]) {
    // In a URL these mean other segments, also when they are percent-encoded.
    if (segment === "." || segment === "..") {
      throw badRequest(`"${segment}" is no name of a secret or of a version`, { hint: "write <vault>/<secret name>" });
    }
  }
  return { vault, host, url, cloud, name, version };
}

/** Secrets of a vault whose names begin alike. */
export interface SecretsAddress extends Pick<SecretAddress, "vault" | "host" | "url" | "cloud"> {
  /** What the names begin with; empty for all. */
  readonly prefix: string;
  /** What comes before a name in the path by which a secret is asked for. */
  readonly above: string;
}

/** What a listing is of: `<vault>`, `<vault>/` or `<vault>/<beginning of a name>`. Throws `badRequest`. */
export function toSecretsAddress(request: ListRequest): SecretsAddress {
  refuseMetadata(request, ["version"], "listing");
  const { path } = request;
  const { resource: vault, host, url, cloud, rest: prefix } = splitListAddress(path, keyVault);
  const above = prefix === "" && !path.endsWith("/") ? `${path}/` : path.slice(0, path.length - prefix.length);
  return { vault, host, url, cloud, prefix, above };
}
