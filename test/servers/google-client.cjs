"use strict";
/**
 * Google's own client for Secret Manager as a process of its own, for comparison: `node google-client.cjs <its index.js>
 * <port> <name…>` prints a JSON array with `{ name, data }` (base64) or `{ code }` (the HTTP status) for each name. Over REST
 * to a port of this machine, in the clear: it speaks no gRPC that is played here, and takes no proxy. Credentials are those
 * of the environment.
 */
const [, , library = "", port = "", ...names] = process.argv;
const { SecretManagerServiceClient } = require(library);

const client = new SecretManagerServiceClient({
  fallback: true,
  apiEndpoint: "127.0.0.1",
  port: Number(port),
  protocol: "http",
});

async function access(name) {
  try {
    const [version] = await client.accessSecretVersion({ name });
    return { name: version.name, data: Buffer.from(version.payload.data).toString("base64") };
  } catch (error) {
    return { code: error.code };
  }
}

void Promise.all(names.map(access)).then((answers) => process.stdout.write(JSON.stringify(answers)));
