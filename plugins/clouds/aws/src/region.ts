import { badRequest } from "configmanager/plugin";
import { readInstanceRegion } from "./instance-metadata.ts";
import { type Environment, readProfile } from "./shared-config.ts";

/**
 * The region to ask: of the token's metadata, AWS_REGION, AWS_DEFAULT_REGION, the profile, or the instance that this
 * runs on. Rejects with `badRequest` when there is none, or when it is no name of a region.
 */
export async function resolveRegion(env: Environment, metadataRegion?: string): Promise<string> {
  const region =
    metadataRegion || regionOfEnvironment(env) || (await regionOfProfile(env)) || (await readInstanceRegion(env));
  if (region === undefined) {
    throw badRequest(
      "no AWS region is set, tried AWS_REGION, AWS_DEFAULT_REGION, the profile and the instance metadata",
      {
        hint: "set AWS_REGION, or give the token [region=…]",
      },
    );
  }
  // It becomes a part of the host's name.
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(region)) {
    throw badRequest(`"${region}" is not the name of an AWS region`, { hint: "write it as in eu-west-1" });
  }
  return region;
}

/** The region for STS: as for every service, but without a question to the instance, and us-east-1 at last. */
export async function resolveStsRegion(env: Environment): Promise<string> {
  return regionOfEnvironment(env) || (await regionOfProfile(env)) || "us-east-1";
}

function regionOfEnvironment(env: Environment): string | undefined {
  return env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || undefined;
}

async function regionOfProfile(env: Environment): Promise<string | undefined> {
  const { settings } = await readProfile(env);
  return settings?.["region"] || undefined;
}
