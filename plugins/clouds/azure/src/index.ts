/**
 * The door `@configmanager-plugins/azure`: what the plugins share that talk to Azure: addresses and clouds, credentials,
 * clients and their options, errors. Not a plugin by itself. None of its static imports reaches an SDK of Azure.
 */
export { type AzureAddress, splitAddress, splitListAddress } from "./address.ts";
export type { AzureClientOptions } from "./client-options.ts";
export { type AzureClients, type AzurePlace, createAzureClients } from "./clients.ts";
export type { AzureCredential } from "./credential.ts";
export { type AzureFailure, readFailure } from "./failure.ts";
export { appConfiguration, type AzureCloud, type AzureService, keyVault, tableStorage } from "./services.ts";
export { type AzureSubject, toAzureStoreError } from "./store-error.ts";
export { provesNothingDone } from "./verdicts.ts";
