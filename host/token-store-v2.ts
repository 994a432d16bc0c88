import { ConfigManagerError } from "../internal/errors/errors.ts";
import { ask } from "../internal/goplugin/grpc/ask.ts";
import { CallError } from "../internal/goplugin/grpc/call-error.ts";
import { StatusCode } from "../internal/goplugin/grpc/status.ts";
import { checkMetadataKeys, type KnownMetadata } from "../internal/resolve/metadata-keys.ts";
import type { StoreAnswer, StoreDescription, StoreRequest, TokenStore } from "../internal/resolve/token-store.ts";
import { decodeDescription } from "./description-message.ts";
import { quotePlugin } from "./diagnose.ts";
import { hintIn, isInvalidArgument, isUnimplemented, storeError } from "./grpc-errors.ts";
import type { PluginLink } from "./plugin-link.ts";
import type * as seldomCallsModule from "./seldom-calls.ts";
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
  const { client } = link.connection;
  if (options !== undefined && Object.keys(options).length > 0) {
    try {
      const { configure } = await loadSeldomCalls();
      await configure(link, options, signal);
    } catch (error) {
      throw await configureError(error, link, signal);
    }
  }

  let description: Promise<StoreDescription> | undefined;
  const describe = (): Promise<StoreDescription> => {
    description ??= ask(client, describeMethod, noBytes, { deadlineMs: link.timeoutMs })
      .then(readDescription)
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
        throw (await link.lossBehind(error as CallError)) ?? describeError(error as CallError, link.prefix);
      }
    },
    async putValue(request, putSignal) {
      const { putValue } = await loadSeldomCalls();
      return putValue(link, request, putSignal);
    },
    async listValues(request, listSignal) {
      const { listValues } = await loadSeldomCalls();
      return listValues(link, request, listSignal);
    },
  };
}

const describeMethod = "/configmanager.plugin.v2.TokenStoreService/Describe";
const noBytes = Buffer.alloc(0);

// They bring the runtime of protobuf, which few runs need.
function loadSeldomCalls(): Promise<typeof seldomCallsModule> {
  return import("./seldom-calls.ts");
}

function readDescription(message: Buffer): StoreDescription {
  const description = decodeDescription(message);
  if (description !== undefined) return description;
  throw new CallError({ code: StatusCode.INTERNAL, details: "its description is no message" });
}

function describeError(status: CallError, prefix: string): ConfigManagerError {
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
  const status = error as CallError;
  const loss = await link.lossBehind(status);
  return requests.map(({ path }) => ({ ok: false, error: loss ?? storeError(status, { prefix: link.prefix, path }) }));
}

async function configureError(error: unknown, link: PluginLink, signal: AbortSignal | undefined): Promise<unknown> {
  if (signal?.aborted === true) return signal.reason;
  const status = error as CallError;
  const loss = await link.lossBehind(status);
  if (loss !== undefined) return loss;
  const said = quotePlugin(status.details);
  const hint = hintIn(status.trailers);
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
