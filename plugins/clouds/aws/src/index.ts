/**
 * The door `@configmanager-plugins/aws`: what the plugins share that talk to AWS: credentials and region as the AWS SDK
 * for Go finds them, signing, clients, errors. Not a plugin by itself. None of its static imports reaches an AWS SDK.
 */
export type { AwsServiceError } from "./aws-error.ts";
export {
  type BatchAnswer,
  type BatchedReads,
  type BatchReader,
  createBatchReader,
  type ReadValue,
} from "./batch-reader.ts";
export { createAwsConnections } from "./connections.ts";
export type { AwsCredentialIdentity, AwsCredentialOptions } from "./credential-types.ts";
export { type AwsCredentialIdentityProvider, createAwsCredentials } from "./credentials.ts";
export { type AwsPage, listAwsPages } from "./list-pages.ts";
export { resolveRegion } from "./region.ts";
export {
  type AwsClientOptions,
  type AwsRequestHandler,
  type AwsService,
  type AwsServices,
  type AwsServicesOptions,
  createAwsServices,
} from "./services.ts";
export { type AwsRequest, signAwsRequest } from "./sign.ts";
export { type AwsAsked, partitionOf, toAwsStoreError } from "./to-store-error.ts";
export { type AwsWritten, writeAwsValue } from "./write-value.ts";
