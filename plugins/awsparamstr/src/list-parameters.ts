import { GetParametersByPathCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { type AwsServices, listAwsPages } from "@configmanager-plugins/aws";
import { badRequest, type ListedValue, type ListRequest, refuseMetadata } from "configmanager/plugin";
import { parameterArn } from "./address.ts";

/** The parameters below a path, under their names. Throws `badRequest` for a path without a leading slash, and as a read does. */
export async function* listParameters(
  services: AwsServices<SSMClient>,
  request: ListRequest,
  signal: AbortSignal,
): AsyncGenerator<ListedValue, void, undefined> {
  refuseMetadata(request, ["version", "label", "type", "kmsKeyId"], "listing");
  const { path, recursive, metadata } = request;
  if (!path.startsWith("/")) {
    throw badRequest(`"${path}" cannot be listed: only names that begin with a slash have a path`, {
      hint: "write the path with its leading slash",
    });
  }
  const above = path === "/" ? path : path.replace(/\/$/, "");
  const service = await services.inRegion(metadata["region"]);
  const resource = parameterArn(`${above.replace(/\/$/, "")}/*`, service.region);
  const listed = { what: path, permission: "ssm:GetParametersByPath", resource };
  const pages = listAwsPages(
    service,
    listed,
    async (client, NextToken, abortSignal) => {
      const input = { Path: above, Recursive: recursive, WithDecryption: true, MaxResults: 10 };
      const command = new GetParametersByPathCommand(NextToken === undefined ? input : { ...input, NextToken });
      const reply = await client.send(command, { abortSignal });
      return { items: reply.Parameters ?? [], nextToken: reply.NextToken };
    },
    signal,
  );
  for await (const parameters of pages) {
    for (const { Name, Value = "", Version } of parameters) {
      if (Name === undefined) continue;
      yield { path: Name, value: { data: Value, version: Version === undefined ? undefined : String(Version) } };
    }
  }
}
