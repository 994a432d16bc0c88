import { GetParameterCommand, GetParametersCommand, type Parameter, SSMClient } from "@aws-sdk/client-ssm";
import {
  type AwsServiceError,
  type BatchAnswer,
  type BatchedReads,
  type BatchReader,
  type AwsServices,
  createAwsServices,
  createBatchReader,
  type ReadValue,
} from "@configmanager-plugins/aws";
import type { StoreContext } from "configmanager/plugin";
import { isRegularName, type ParameterAddress, parameterAddress, parameterArn } from "./address.ts";
import { matchParameters } from "./match-parameters.ts";

/** Parameter Store in all regions; to be closed. */
export interface ParameterClients {
  readonly services: AwsServices<SSMClient>;
  readonly read: BatchReader;
}

/** Makes the clients for Parameter Store. Rejects when the environment cannot be used. */
export async function openParameterClients(context: StoreContext): Promise<ParameterClients> {
  const services = await createAwsServices(context, {
    endpointPrefix: "ssm",
    // The quota is 40 requests a second, for all parties of an account and region together.
    concurrency: 8,
    createClient: (options) => new SSMClient(options),
  });
  return { services, read: createBatchReader(services, reads) };
}

const reads: BatchedReads<SSMClient, ParameterAddress> = {
  addressOf: parameterAddress,
  keyOf: ({ name }) => name,
  isBatchable: isRegularName,
  // What GetParameters takes.
  batchSize: 10,
  async askOne(client, { name }, abortSignal) {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }), {
      abortSignal,
    });
    return toValue(Parameter);
  },
  async askSeveral(client, addresses, abortSignal) {
    const Names = addresses.map(({ name }) => name);
    const reply = await client.send(new GetParametersCommand({ Names, WithDecryption: true }), { abortSignal });
    const answers = new Map<string, BatchAnswer>();
    const refusal = notFoundRefusal(reply.$metadata.requestId);
    for (const name of reply.InvalidParameters ?? []) answers.set(name, { refusal });
    const open = addresses.filter(({ name }) => !answers.has(name));
    for (const [name, parameter] of matchParameters(open, reply.Parameters ?? [])) {
      if (!answers.has(name)) answers.set(name, { value: toValue(parameter) });
    }
    return answers;
  },
  describe: ({ name, bareName }, region) => ({
    what: name,
    permission: "ssm:GetParameter",
    resource: parameterArn(bareName, region),
  }),
};

function toValue(parameter: Parameter | undefined): ReadValue {
  if (parameter?.Value === undefined) return undefined;
  const { Value, Version } = parameter;
  return { data: Value, ...(Version === undefined ? {} : { version: String(Version) }) };
}

function notFoundRefusal(requestId: string | undefined): AwsServiceError {
  return { code: "ParameterNotFound", text: "", requestId, status: undefined, retryAfterMs: undefined };
}
