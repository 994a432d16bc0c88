import { type AzureAddress, splitAddress, tableStorage } from "@configmanager-plugins/azure";
import { badRequest } from "configmanager/plugin";

/** Where an entity is. */
export interface EntityAddress extends Pick<AzureAddress, "host" | "url" | "cloud"> {
  readonly account: string;
  readonly table: string;
  readonly partitionKey: string;
  /** May be empty: that is a key like any other to the service. */
  readonly rowKey: string;
}

/**
 * The entity that a path means: `<account or host>/<table>/<partition key>/<row key>`, where one slash may stand before it
 * and one more before the partition key. Throws `badRequest` for anything else.
 */
export function entityAddress(path: string): EntityAddress {
  const { resource: account, container: table, rest, host, url, cloud } = splitAddress(path, tableStorage);
  const [partitionKey, rowKey, ...others] = rest.replace(/^\//, "").split("/");
  if (partitionKey === undefined || rowKey === undefined) {
    throw misshapen(path, "could not be correctly destructured to pluck the partition and row keys");
  }
  if (others.length > 0) throw misshapen(path, "has more segments than an account, a table and two keys");
  return { host, url, cloud, account, table, partitionKey, rowKey };
}

function misshapen(path: string, why: string): Error {
  return badRequest(`"${path}" ${why}: incorrectly structured token`, { hint: `write ${tableStorage.pathForm}` });
}
