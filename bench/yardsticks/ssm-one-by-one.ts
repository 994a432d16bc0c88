/** What a program without batches does, with the official client: a call for each parameter whose name is an argument, all at once. */
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

// Enough tries that none is given up.
const client = new SSMClient({ maxAttempts: 10 });
const calls = process.argv.slice(2).map((Name) => client.send(new GetParameterCommand({ Name, WithDecryption: true })));
Promise.all(calls).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
