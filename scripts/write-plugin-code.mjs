/**
 * Writes the compiled form of the script plugins beside them, as `cmd/plugin.cjs` reads it: runs each
 * as a host does and has it ask for a value, with made-up credentials and a service that is played here. Where only TLS
 * would do, the request ends at the proxy: by then all that is slow to compile has been.
 */
import { spawn } from "node:child_process";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import { armor, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";

const writeCode = fileURLToPath(new URL("./write-code.mjs", import.meta.url));

/**
 * What is asked of each; it need not be there.
 *
 * @type {Readonly<Record<string, string>>}
 */
const paths = {
  awsparamstr: "/a/b",
  awssecrets: "a/b",
  azappconf: "a/b",
  azkvsecret: "a/b",
  aztablestore: "abc/abc/a/b",
  env: "PATH",
  exec: "none",
  file: "a.json",
  gcpsecrets: "projects/a/secrets/b",
  local: "a",
  vault: "a___b",
};

/**
 * Writes the compiled form of every plugin of a folder. Rejects when one does not answer.
 *
 * @param {string} pluginsDir holds `<prefix>.cjs`
 */
export async function writePluginCode(pluginsDir) {
  const folder = await mkdtemp(join(tmpdir(), "cm-code-"));
  const service = await startService();
  try {
    await writeFile(join(folder, "a.json"), "{}");
    const env = {
      ...service.env,
      ...(await writeLocalStore(folder)),
      GOOGLE_APPLICATION_CREDENTIALS: await writeGoogleKey(folder),
    };
    const scripts = (await readdir(pluginsDir)).filter((file) => file.endsWith(".cjs"));
    // One after the other: each is bound to a core as it is.
    for (const script of scripts) {
      const path = paths[script.replace(".cjs", "")];
      if (path === undefined) throw new Error(`nothing is known to ask "${script}" for`);
      await askOnce(join(pluginsDir, script), path, env, folder);
    }
  } finally {
    service.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Answers what comes in the clear, and refuses to lead anybody further. */
async function startService() {
  const server = createServer((request, response) => {
    request.resume().once("end", () => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(answerTo(request.url ?? "", String(request.headers["x-amz-target"] ?? ""))));
    });
  });
  server.on("connect", (_request, socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const url = `http://127.0.0.1:${port}`;
  return {
    env: {
      PATH: process.env["PATH"],
      HTTPS_PROXY: url,
      AWS_ENDPOINT_URL: url,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "made-up",
      AWS_SECRET_ACCESS_KEY: "made-up",
      IDENTITY_ENDPOINT: `${url}/msi/token`,
      IDENTITY_HEADER: "made-up",
      VAULT_ADDR: url,
      VAULT_TOKEN: "made-up",
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * @param {string} url
 * @param {string} target of a request to AWS
 */
function answerTo(url, target) {
  if (target.endsWith("GetParameter")) return { Parameter: { Name: "/a/b", Value: "c", Version: 1 } };
  if (target.endsWith("GetParameters")) return { Parameters: [{ Name: "/a/b", Value: "c", Version: 1 }] };
  if (target.endsWith("GetSecretValue")) return { Name: "a/b", SecretString: "c" };
  if (target.endsWith("BatchGetSecretValue")) return { SecretValues: [{ Name: "a/b", SecretString: "c" }] };
  if (url.startsWith("/msi/")) return { access_token: "made-up", expires_on: Math.floor(Date.now() / 1000) + 3600 };
  return { data: { data: { a: "b" }, metadata: { version: 1 } } };
}

/** @param {string} folder */
async function writeGoogleKey(folder) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = {
    type: "service_account",
    project_id: "a",
    private_key_id: randomUUID(),
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    client_email: "a@a.iam.gserviceaccount.com",
  };
  const file = join(folder, "google.json");
  await writeFile(file, JSON.stringify(key), { mode: 0o600 });
  return file;
}

/** @param {string} folder */
async function writeLocalStore(folder) {
  const identity = await generateX25519Identity();
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(identity));
  const text = JSON.stringify({ version: 1, values: { a: { data: "b", version: "1" } } });
  const file = join(folder, "local.age");
  await writeFile(file, armor.encode(await encrypter.encrypt(text)), { mode: 0o600 });
  return { CONFIGMANAGER_LOCAL_FILE: file, CONFIGMANAGER_LOCAL_KEY: identity };
}

/**
 * @param {string} script
 * @param {string} path
 * @param {NodeJS.ProcessEnv} env
 * @param {string} folder
 */
async function askOnce(script, path, env, folder) {
  const handshake = {
    CONFIGMANAGER_PLUGIN: "hello",
    PLUGIN_PROTOCOL_VERSIONS: "2",
    PLUGIN_MIN_PORT: "10000",
    PLUGIN_MAX_PORT: "25000",
    PLUGIN_UNIX_SOCKET_DIR: folder,
  };
  const child = spawn(process.execPath, [writeCode, script], {
    cwd: folder,
    env: { ...env, ...handshake },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr = (stderr + text).slice(-4096)));
  const exited = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
  try {
    const line = await Promise.race([once(child.stdout, "data"), exited.then(() => undefined)]);
    if (line === undefined) throw new Error(`"${script}" did not start: ${stderr}`);
    const [, , network, address] = String(line[0]).split("|");
    const target = network === "unix" ? `unix://${address}` : `ipv4:${address}`;
    const client = new grpc.Client(target, grpc.credentials.createInsecure(), {
      "grpc.default_authority": "localhost",
    });
    await ask(client, path);
    client.makeUnaryRequest("/plugin.GRPCController/Shutdown", keepBytes, keepBytes, Buffer.alloc(0), () => {});
    const [code] = await exited;
    client.close();
    if (code !== 0) throw new Error(`"${script}" ended with ${code}: ${stderr}`);
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
  }
}

/**
 * Whatever the answer is, it has been worked for.
 *
 * @param {grpc.Client} client
 * @param {string} path
 */
function ask(client, path) {
  const request = field(2, path, [0x08, 1]);
  const call = client.makeBidiStreamRequest(
    "/configmanager.plugin.v2.TokenStoreService/GetValues",
    keepBytes,
    keepBytes,
    new grpc.Metadata(),
  );
  call.write(field(1, request));
  call.end();
  return new Promise((resolve, reject) =>
    call
      .on("data", () => {})
      .once("end", resolve)
      .once("error", reject),
  );
}

/**
 * A short field of a message.
 *
 * @param {number} number
 * @param {string | Buffer} content
 * @param {number[]} before
 */
function field(number, content, before = []) {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([...before, number * 8 + 2, bytes.length]), bytes]);
}

/** @param {Buffer} message */
function keepBytes(message) {
  return message;
}
