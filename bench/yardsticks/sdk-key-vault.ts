/** The official clients by themselves, a token and one secret. */
import { DefaultAzureCredential } from "@azure/identity";
import { SecretClient } from "@azure/keyvault-secrets";
import { printValue } from "../print-value.ts";

printValue(async () => {
  const credential = new DefaultAzureCredential();
  const client = new SecretClient("https://app-vault.vault.azure.net", credential, { serviceVersion: "7.6" });
  return (await client.getSecret("db-password")).value;
});
