import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { json, reply } from "../../../../test/servers/scripted-server.ts";
import { serve, temporaryFolder } from "../../../../test/servers/ask-aws.ts";
import { resolveRegion } from "./region.ts";

function envWithConfig(config: string, env: Record<string, string> = {}): Record<string, string> {
  const file = join(temporaryFolder(), "config");
  writeFileSync(file, config);
  return { AWS_CONFIG_FILE: file, AWS_SHARED_CREDENTIALS_FILE: "/dev/null", AWS_EC2_METADATA_DISABLED: "true", ...env };
}

const config = "[default]\nregion = eu-north-1\n[profile other]\nregion = ap-south-1\n[profile none]\noutput = json\n";

describe("the region", () => {
  it.each([
    {
      name: "is that of the metadata first",
      env: { AWS_REGION: "eu-west-1" },
      metadata: "us-east-1",
      expected: "us-east-1",
    },
    {
      name: "is AWS_REGION then",
      env: { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "eu-west-2" },
      expected: "eu-west-1",
    },
    { name: "may be AWS_DEFAULT_REGION alone", env: { AWS_DEFAULT_REGION: "eu-west-2" }, expected: "eu-west-2" },
    { name: "is that of the default profile", env: {}, expected: "eu-north-1" },
    { name: "is that of AWS_PROFILE", env: { AWS_PROFILE: "other" }, expected: "ap-south-1" },
    { name: "is that of AWS_DEFAULT_PROFILE", env: { AWS_DEFAULT_PROFILE: "other" }, expected: "ap-south-1" },
    { name: "is not an empty variable", env: { AWS_REGION: "", AWS_PROFILE: "other" }, expected: "ap-south-1" },
  ])("$name", async ({ env, metadata, expected }) => {
    expect(await resolveRegion(envWithConfig(config, env), metadata)).toBe(expected);
  });

  it("is missing when nobody says it", async () => {
    await expect(resolveRegion(envWithConfig(config, { AWS_PROFILE: "none" }))).rejects.toMatchObject({
      kind: "badRequest",
      message: "no AWS region is set, tried AWS_REGION, AWS_DEFAULT_REGION, the profile and the instance metadata",
      hint: "set AWS_REGION, or give the token [region=…]",
    });
  });

  it.each(["eu west 1", "eu-west-1.example.com", "-", "a/b", "x@y"])("cannot be %j", async (region) => {
    await expect(resolveRegion({}, region)).rejects.toMatchObject({
      kind: "badRequest",
      message: `"${region}" is not the name of an AWS region`,
    });
  });

  it("is that of the instance at last, and the question goes through no proxy", async () => {
    const server = await serve(({ path, method, headers }) => {
      if (method === "PUT" && path === "/latest/api/token") return reply(200, "made-up-session");
      const isAllowed = headers["x-aws-ec2-metadata-token"] === "made-up-session";
      return path === "/latest/meta-data/placement/region" && isAllowed ? reply(200, "eu-south-2\n") : reply(404);
    });
    const env = envWithConfig("", {
      AWS_EC2_METADATA_DISABLED: "false",
      AWS_EC2_METADATA_SERVICE_ENDPOINT: server.url,
      HTTP_PROXY: "http://127.0.0.1:1",
    });
    expect(await resolveRegion(env)).toBe("eu-south-2");
  });

  it("is missing when the instance does not know it", async () => {
    const server = await serve(() => json({ message: "nothing here" }, 404));
    const env = envWithConfig("", {
      AWS_EC2_METADATA_DISABLED: "",
      AWS_EC2_METADATA_SERVICE_ENDPOINT: server.url,
    });
    await expect(resolveRegion(env)).rejects.toMatchObject({ kind: "badRequest" });
  });
});
