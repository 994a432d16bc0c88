/** The official client by itself, one secret. */
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { printValue } from "../print-value.ts";

printValue(async () => {
  const command = new GetSecretValueCommand({ SecretId: "app/db" });
  return (await new SecretsManagerClient({}).send(command)).SecretString;
});
