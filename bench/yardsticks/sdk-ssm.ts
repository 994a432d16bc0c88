/** The official client by itself, one parameter. */
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { printValue } from "../print-value.ts";

printValue(async () => {
  const command = new GetParameterCommand({ Name: "/app/db/host", WithDecryption: true });
  return (await new SSMClient({}).send(command)).Parameter?.Value;
});
