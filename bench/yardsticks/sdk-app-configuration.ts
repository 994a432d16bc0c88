/** The official clients by themselves, a token and one setting. */
import { AppConfigurationClient } from "@azure/app-configuration";
import { DefaultAzureCredential } from "@azure/identity";
import { printValue } from "../print-value.ts";

printValue(async () => {
  const client = new AppConfigurationClient("https://app-config.azconfig.io", new DefaultAzureCredential());
  return (await client.getConfigurationSetting({ key: "db/name", label: "prod" })).value;
});
