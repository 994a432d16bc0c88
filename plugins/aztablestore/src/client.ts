import { TableClient, type TableServiceClientOptions } from "@azure/data-tables";
import {
  type AzureClientOptions,
  createAzureClients,
  readFailure,
  toAzureStoreError,
} from "@configmanager-plugins/azure";
import type { StoreContext, StoreError } from "configmanager/plugin";
import type { EntityAddress } from "./address.ts";

/** An entity as the service sent it. */
export interface EntityAnswer {
  /** The text of the answer's body; empty when it had none. */
  readonly body: string;
  readonly etag: string | undefined;
}

/** Reads entities of any account; to be closed. */
export interface EntityReader {
  /** Throws a StoreError of the kind that fits, or the reason of the signal. */
  readonly read: (address: EntityAddress, signal: AbortSignal) => Promise<EntityAnswer>;
  readonly close: () => void;
}

/** Makes the reader of a process. */
export function createEntityReader({ env }: Pick<StoreContext, "env">): EntityReader {
  const clients = createAzureClients(env, ({ url }, credential, options) => {
    const { origin, pathname } = new URL(url);
    return new TableClient(origin, pathname.slice(1), credential, keepingBodies(options));
  });
  return {
    async read(address, signal) {
      try {
        return await clients.ask(address, (client, attempt) => readEntity(client, address, attempt), signal);
      } catch (error) {
        signal.throwIfAborted();
        throw toStoreError(error, address);
      }
    },
    close: clients.close,
  };
}

const bodies = new WeakMap<object, string>();

/**
 * Keeps the text of each answer from the client, which gives properties other names and types (`RowKey`, Int64, DateTime),
 * and cannot read an empty body.
 */
function keepingBodies(options: AzureClientOptions): TableServiceClientOptions {
  return {
    ...options,
    additionalPolicies: [
      {
        // Nearer to the network than what parses the answer.
        position: "perRetry",
        policy: {
          name: "keepBody",
          async sendRequest(request, next) {
            const response = await next(request);
            if (response.status !== 200) return response;
            bodies.set(response, response.bodyAsText ?? "");
            response.bodyAsText = "{}";
            response.headers.set("content-type", "application/json");
            return response;
          },
        },
      },
    ],
  };
}

async function readEntity(
  client: TableClient,
  address: EntityAddress,
  abortSignal: AbortSignal,
): Promise<EntityAnswer> {
  const { partitionKey, rowKey } = address;
  let answer: EntityAnswer = { body: "", etag: undefined };
  await client.getEntity(partitionKey, rowKey, {
    abortSignal,
    onResponse(response) {
      answer = { body: bodies.get(response) ?? "", etag: response.headers.get("etag") };
    },
  });
  return answer;
}

function toStoreError(error: unknown, { host, account, table, partitionKey, rowKey }: EntityAddress): StoreError {
  const what = `table "${table}" of storage account "${account}"`;
  return toAzureStoreError(error, {
    host,
    what: readFailure(error)?.code === "TableNotFound" ? what : `entity "${partitionKey}/${rowKey}" of ${what}`,
    permission: `the role "Storage Table Data Reader" on storage account "${account}"`,
  });
}
