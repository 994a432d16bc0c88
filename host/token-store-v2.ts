import type { JsonObject } from "@bufbuild/protobuf";
import type { ServiceError } from "@grpc/grpc-js";
import { type DescribeResponse, TokenStoreService } from "../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import { createClient } from "../internal/goplugin/grpc-service.ts";
import { checkMetadataKeys, type KnownMetadata } from "../internal/resolve/metadata-keys.ts";
import type {
  KeyDescription,
  StoreAnswer,
  StoreDescription,
  StoreRequest,
  TokenStore,
} from "../internal/resolve/token-store.ts";
import { quotePlugin } from "./diagnose.ts";
import { hintIn, isInvalidArgument, isUnimplemented, storeError } from "./grpc-errors.ts";
import type { PluginLink } from "./plugin-link.ts";
import { listValues, putValue } from "./seldom-calls.ts";
import { askByStream } from "./value-stream.ts";

/**
 * The store behind a plugin of app protocol 2, configured: one stream for each `getValues`, and one `Describe` before
 * the first that carries metadata (plugin protocol 2, section 2).
 *
 * @throws CM_CONFIG_INVALID when the plugin refuses the options; CM_PLUGIN_UNSUPPORTED when it lacks the service
 */
export async function openTokenStoreV2(
  link: PluginLink,
  options: Readonly<Record<string, unknown>> | undefined,
  signal?: AbortSignal,
): Promise<TokenStore> {
  const service = createClient(TokenStoreService, link.connection.client);
  if (options !== undefined && Object.keys(options).length > 0) {
    try {
      // What YAML can hold, JSON can: the configuration's loader has seen to it.
      await service.configure({ options: options as JsonObject }, { deadlineMs: link.timeoutMs, signal });
    } catch (error) {
      throw await configureError(error, link, signal);
    }
  }

  let description: Promise<StoreDescription> | undefined;
  const describe = (): Promise<StoreDescription> => {
    description ??= service
      .describe({}, { deadlineMs: link.timeoutMs })
      .then(toDescription)
      .catch((error: unknown) => {
        // Not kept: the next request may find a plugin that answers.
        description = undefined;
        throw error;
      });
    return description;
  };

  return {
    async getValues(requests, askOptions = {}) {
      if (!requests.some(({ metadata }) => metadata.size > 0)) return askByStream(link, requests, askOptions);
      let known: KnownMetadata;
      try {
        known = await describe();
      } catch (error) {
        askOptions.signal?.throwIfAborted();
        return describeFailure(error, link, requests);
      }
      return askKnown(link, known, requests, askOptions);
    },
    async describe(describeSignal) {
      try {
        return await describe();
      } catch (error) {
        describeSignal?.throwIfAborted();
        throw (await link.lossBehind(error as ServiceError)) ?? describeError(error as ServiceError, link.prefix);
      }
    },
    putValue: (request, putSignal) => putValue(service, link, request, putSignal),
    listValues: (request, listSignal) => listValues(service, link, request, listSignal),
  };
}

// Plain fields: protobuf's own have no business in what is shown.
function toDescription(response: DescribeResponse): StoreDescription {
  const toKeys = (keys: readonly KeyDescription[]): readonly KeyDescription[] =>
    keys.map(({ name, description, required }) => ({ name, description, required }));
  const { prefix, version, summary, pathForm, anyMetadata, canPut, canList } = response;
  return {
    prefix,
    version,
    summary,
    pathForm,
    metadataKeys: toKeys(response.metadataKeys),
    anyMetadata,
    optionKeys: toKeys(response.optionKeys),
    canPut,
    canList,
  };
}

function describeError(status: ServiceError, prefix: string): ConfigManagerError {
  const message = `the plugin of "${prefix}" does not describe itself: ${quotePlugin(status.details)}`;
  return new ConfigManagerError("CM_PLUGIN_UNSUPPORTED", message, {
    hint: "install another version of the plugin",
    details: { prefix },
  });
}

// Asks for what is right, and puts the errors of what is not in their places.
async function askKnown(
  link: PluginLink,
  known: KnownMetadata,
  requests: readonly StoreRequest[],
  askOptions: Parameters<TokenStore["getValues"]>[1] & {},
): Promise<readonly StoreAnswer[]> {
  const wrong = requests.map(({ metadata }) => checkMetadataKeys(metadata, known, link.prefix));
  const right = requests.filter((_, index) => wrong[index] === undefined);
  const answers = right.length === 0 ? [] : await askByStream(link, right, askOptions);
  let next = 0;
  return wrong.map((error) => (error === undefined ? answers[next++]! : { ok: false, error }));
}

async function describeFailure(
  error: unknown,
  link: PluginLink,
  requests: readonly StoreRequest[],
): Promise<StoreAnswer[]> {
  const status = error as ServiceError;
  const loss = await link.lossBehind(status);
  return requests.map(({ path }) => ({ ok: false, error: loss ?? storeError(status, { prefix: link.prefix, path }) }));
}

async function configureError(error: unknown, link: PluginLink, signal: AbortSignal | undefined): Promise<unknown> {
  if (signal?.aborted === true) return signal.reason;
  const status = error as ServiceError;
  const loss = await link.lossBehind(status);
  if (loss !== undefined) return loss;
  const said = quotePlugin(status.details);
  const hint = hintIn(status.metadata);
  const code = isInvalidArgument(status) ? "CM_CONFIG_INVALID" : "CM_PLUGIN_UNSUPPORTED";
  if (isInvalidArgument(status) || isUnimplemented(status)) {
    return new ConfigManagerError(code, `the plugin of "${link.prefix}" refused the options of the store: ${said}`, {
      hint:
        hint === undefined ? `correct "options" of the store "${link.prefix}" in the configuration` : quotePlugin(hint),
      details: { prefix: link.prefix },
    });
  }
  return storeError(status, { prefix: link.prefix, path: "options" });
}
