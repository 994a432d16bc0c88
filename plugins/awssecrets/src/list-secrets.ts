import { ListSecretsCommand, type ListSecretsCommandInput } from "@aws-sdk/client-secrets-manager";
import { listAwsPages } from "@configmanager-plugins/aws";
import {
  badRequest,
  isStoreError,
  type ListedValue,
  type ListRequest,
  refuseMetadata,
  type StoreContext,
  type StoreRequest,
} from "configmanager/plugin";
import { isArn } from "./address.ts";
import type { SecretClients } from "./client.ts";

/**
 * The current values of all secrets whose names begin with a path and a slash, of all there are for an empty one, under
 * their names. One that has no value is left out. Throws as a read does, also for a single one that may not be read.
 */
export async function* listSecrets(
  { services, read }: SecretClients,
  request: ListRequest,
  context: StoreContext,
): AsyncGenerator<ListedValue, void, undefined> {
  refuseMetadata(request, ["version", "stage", "id"], "listing");
  const { path, recursive, metadata } = request;
  if (isArn(path)) throw badRequest(`"${path}" cannot be listed`, { hint: "write what the names begin with" });
  const prefix = path === "" || path.endsWith("/") ? path : `${path}/`;
  const service = await services.inRegion(metadata["region"]);
  const input = listInput(prefix);
  const pages = listAwsPages(
    service,
    { what: path, permission: "secretsmanager:ListSecrets", resource: "*" },
    async (client, NextToken, abortSignal) => {
      const command = new ListSecretsCommand(NextToken === undefined ? input : { ...input, NextToken });
      const reply = await client.send(command, { abortSignal });
      return { items: reply.SecretList ?? [], nextToken: reply.NextToken };
    },
    context.signal,
  );
  for await (const secrets of pages) {
    const names = secrets
      .map(({ Name = "" }) => Name)
      // The service compares in its own way, case ignored for instance.
      .filter((name) => name.startsWith(prefix) && name !== prefix)
      .filter((name) => recursive || !name.slice(prefix.length).includes("/"));
    yield* readAll(
      names.map((name) => ({ path: name, metadata })),
      read,
      context,
    );
  }
}

function listInput(prefix: string): ListSecretsCommandInput {
  // An exclamation mark in front would list all others.
  if (prefix === "" || prefix.startsWith("!")) return { MaxResults: 100 };
  return { MaxResults: 100, Filters: [{ Key: "name", Values: [prefix] }] };
}

async function* readAll(
  requests: readonly StoreRequest[],
  read: SecretClients["read"],
  context: StoreContext,
): AsyncGenerator<ListedValue, void, undefined> {
  for await (const { request, value } of read(requests, context)) {
    // Deleted since it was listed, or made without a value.
    if (isStoreError(value) && value.kind === "notFound") continue;
    if (isStoreError(value)) throw value;
    yield { path: request.path, value };
  }
}
