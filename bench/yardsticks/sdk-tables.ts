/** The official clients by themselves, a token and one entity. */
import { TableClient } from "@azure/data-tables";
import { DefaultAzureCredential } from "@azure/identity";
import { printValue } from "../print-value.ts";

printValue(async () => {
  const url = "https://appaccount.table.core.windows.net";
  const client = new TableClient(url, "settings", new DefaultAzureCredential());
  const entity = await client.getEntity<{ Value?: string }>("db", "port");
  return JSON.stringify(entity);
});
