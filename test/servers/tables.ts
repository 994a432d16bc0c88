/** Azure's table service, played for the one request that the store makes: an entity by its two keys. Azurite is the real thing. */
import type { RequestListener } from "node:http";
import { type Answer, createScript, json, type RecordedRequest } from "./scripted-server.ts";

/** The service as a backend of `startCloud`, for `*.table.core.windows.net`. */
export interface Tables {
  readonly handler: RequestListener;
  readonly requests: readonly RecordedRequest[];
}

/**
 * Makes the service; `values` are the `value` properties by `<account>/<table>/<partition key>/<row key>`.
 *
 * @param mayRead by the bearer token and the account; everybody unless set
 */
export function createTables(
  values: Readonly<Record<string, string>>,
  mayRead: (token: string, account: string) => boolean = () => true,
): Tables {
  const { listener, requests } = createScript((request) => answerTo(request, values, mayRead));
  return { handler: listener, requests };
}

function answerTo(
  { host, path, headers }: RecordedRequest,
  values: Readonly<Record<string, string>>,
  mayRead: (token: string, account: string) => boolean,
): Answer {
  const account = host.split(".")[0] ?? "";
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
  if (token === undefined || !mayRead(token, account)) return odataError(403, "AuthorizationPermissionMismatch");
  const parts = /^\/([^(]+)\(PartitionKey='(.*)',RowKey='(.*)'\)$/.exec(decodeURIComponent(path));
  const [, table = "", ...keys] = parts ?? [];
  const [partitionKey, rowKey] = keys.map((key) => key.replaceAll("''", "'"));
  const value = values[`${account}/${table}/${partitionKey}/${rowKey}`];
  if (value === undefined) return odataError(404, "ResourceNotFound");
  return json({ "odata.etag": 'W/"1"', PartitionKey: partitionKey, RowKey: rowKey, value });
}

function odataError(status: number, code: string): Answer {
  return json({ "odata.error": { code, message: { lang: "en-US", value: code } } }, status, {
    "x-ms-error-code": code,
  });
}
