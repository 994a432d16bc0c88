import { type AzureClients, provesNothingDone, readFailure, toAzureStoreError } from "@configmanager-plugins/azure";
import {
  alreadyExists,
  badRequest,
  createWriteDoubt,
  failed,
  isStoreError,
  type PutRequest,
  refuseMetadata,
  type StoreError,
  utf8Text,
} from "configmanager/plugin";
import { type SecretAddress, toSecretAddress } from "./address.ts";
import { nameOf } from "./client.ts";
import type { Vault } from "./vault.ts";

/**
 * Writes a secret, as its current version, and resolves to the id of that. Rejects with `badRequest` for what cannot be
 * written, with `alreadyExists`, and as a read does.
 */
export async function putSecret(
  vaults: AzureClients<Vault>,
  request: PutRequest,
  signal: AbortSignal,
): Promise<{ readonly version: string | undefined }> {
  refuseMetadata(request, ["version"], "writing");
  const address = toSecretAddress(request);
  const value = utf8Text(request.data);
  if (value === undefined) {
    throw badRequest(`the value for ${nameOf(address)} is no UTF-8 text, and a secret is nothing else`);
  }
  const doubt = createWriteDoubt(provesNothingDone);
  try {
    if (request.createOnly && (await isThere(vaults, address, signal))) throw alreadyExists(request.path);
    // Setting it may be done again: that makes one more version with the same value.
    const { properties } = await vaults.ask(
      address,
      (vault, attempt) => doubt.watch(() => vault.setSecret(address, value, attempt), attempt),
      signal,
    );
    return { version: properties.version };
  } catch (error) {
    signal.throwIfAborted();
    throw doubt.settle(toPutError(error, address, request.data));
  }
}

/** Key Vault has no way to set a secret only when there is none. */
async function isThere(vaults: AzureClients<Vault>, address: SecretAddress, signal: AbortSignal): Promise<boolean> {
  try {
    await vaults.ask(address, (vault, attempt) => vault.getSecret(address, attempt), signal);
    return true;
  } catch (error) {
    const failure = readFailure(error);
    if (failure?.code === "SecretDisabled") return true;
    if (failure?.status === 404) return false;
    throw error;
  }
}

function toPutError(error: unknown, address: SecretAddress, sent: Uint8Array): StoreError {
  if (isStoreError(error) && error.kind === "alreadyExists") return error;
  const { host, vault, name } = address;
  const what = nameOf(address);
  if (readFailure(error)?.code === "ObjectIsDeletedButRecoverable") {
    return failed(`${what} was deleted, and its name is free again only when it is recovered or purged`, {
      hint: `run az keyvault secret recover --vault-name ${vault} --name ${name}, or purge`,
      cause: error,
    });
  }
  const permission = `the role "Key Vault Secrets Officer" on vault "${vault}", or "Get" and "Set" for secrets in its access policy`;
  return toAzureStoreError(error, { host, what, permission, action: "written", sent });
}
