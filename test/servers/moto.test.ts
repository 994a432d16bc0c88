import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { describeWith } from "./installed.ts";
import { type Moto, motoRegion, type MotoUser, startMoto } from "./moto.ts";

const actions = ["ssm:GetParameter", "secretsmanager:GetSecretValue"];
const parameter = new GetParameterCommand({ Name: "/a/b", WithDecryption: true });

function ssm(moto: Moto, { accessKeyId, secretAccessKey }: Pick<MotoUser, "accessKeyId" | "secretAccessKey">) {
  return new SSMClient({
    endpoint: moto.url,
    region: motoRegion,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
}

vi.stubEnv("AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED", "true");

describeWith("moto", "moto that checks signatures", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto({ auth: true });
    await moto.putParameter("/a/b", "made up", { type: "SecureString" });
  });
  afterAll(() => moto?.close());

  it("lets a user in who may", async () => {
    const answer = await ssm(moto, await moto.createUser(actions)).send(parameter);
    expect(answer.Parameter?.Value).toBe("made up");
  });

  it("refuses a signature by another secret", async () => {
    const { accessKeyId } = await moto.createUser(actions);
    const forged = ssm(moto, { accessKeyId, secretAccessKey: "another" }).send(parameter);
    await expect(forged).rejects.toMatchObject({ name: "InvalidSignatureException" });
  });

  it("refuses a key that it does not know", async () => {
    const stranger = ssm(moto, { accessKeyId: "stranger", secretAccessKey: "x" }).send(parameter);
    await expect(stranger).rejects.toMatchObject({ name: "UnrecognizedClientException" });
  });

  it("refuses what the policy does not allow", async () => {
    const user = await moto.createUser(["ssm:GetParameters"]);
    await expect(ssm(moto, user).send(parameter)).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  it("keeps two accounts apart by the user's key", async () => {
    const account = "210987654321";
    await moto.putParameter("/a/b", "of the other account", { account });
    const [one, other] = await Promise.all([moto.createUser(actions), moto.createUser(actions, { account })]);
    expect(other.arn).toContain(account);
    expect((await ssm(moto, one).send(parameter)).Parameter?.Value).toBe("made up");
    expect((await ssm(moto, other).send(parameter)).Parameter?.Value).toBe("of the other account");
  });
});

describeWith("moto", "moto that lets everybody in", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto?.close());

  it("has secrets of text and of bytes, and forgets them", async () => {
    await moto.createSecret("text", "made up");
    const { arn } = await moto.createSecret("bytes", Uint8Array.of(1, 2, 255));
    const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = moto.env;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new SecretsManagerClient({ endpoint: moto.url, region: motoRegion, credentials, maxAttempts: 1 });
    expect((await client.send(new GetSecretValueCommand({ SecretId: "text" }))).SecretString).toBe("made up");
    const { SecretBinary } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    expect(SecretBinary).toEqual(Uint8Array.of(1, 2, 255));
    await moto.reset();
    await expect(client.send(new GetSecretValueCommand({ SecretId: "text" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});
