import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ConnectionOptions } from "configmanager/plugin";
import { refusal, type TlsSettings } from "./settings.ts";

/** The part of how a service is reached that certificates decide. */
export type TlsOptions = Pick<
  ConnectionOptions,
  "caPem" | "onlyCaPem" | "clientCertificatePem" | "clientKeyPem" | "serverName" | "skipVerify"
>;

/**
 * Reads the certificates that the settings name; files are relative to `cwd`. An authority that is named takes the place
 * of all that the machine trusts, and a file goes before a text before a folder, as for Vault's own clients. Rejects with
 * `badRequest`.
 */
export async function readTls(tls: TlsSettings, cwd: string): Promise<TlsOptions> {
  const { clientCertificateFile, clientKeyFile } = tls;
  if ((clientCertificateFile === undefined) !== (clientKeyFile === undefined)) {
    throw refusal(
      "error encountered setting up default configuration: both client cert and client key must be provided",
      "set VAULT_CLIENT_CERT and VAULT_CLIENT_KEY, or neither",
    );
  }
  const [caPem, clientCertificatePem, clientKeyPem] = await Promise.all([
    readAuthorities(tls, cwd),
    clientCertificateFile === undefined ? undefined : readPem("VAULT_CLIENT_CERT", resolve(cwd, clientCertificateFile)),
    clientKeyFile === undefined ? undefined : readPem("VAULT_CLIENT_KEY", resolve(cwd, clientKeyFile)),
  ]);
  return {
    ...(caPem === undefined ? {} : { caPem, onlyCaPem: true }),
    clientCertificatePem,
    clientKeyPem,
    serverName: tls.serverName,
    skipVerify: tls.skipVerify,
  };
}

async function readAuthorities(tls: TlsSettings, cwd: string): Promise<string[] | undefined> {
  if (tls.caFile !== undefined) return [await readPem("VAULT_CACERT", resolve(cwd, tls.caFile))];
  if (tls.caPem !== undefined) return [checkPem("VAULT_CACERT_BYTES", tls.caPem)];
  if (tls.caFolder === undefined) return undefined;
  const folder = resolve(cwd, tls.caFolder);
  const names = await readdir(folder, { recursive: true }).catch((error: unknown) => {
    throw refusal(
      `the CA certificates of "${folder}" cannot be read`,
      "set VAULT_CAPATH to a folder of PEM files",
      error,
    );
  });
  const texts = names.toSorted().map(async (name) => {
    const file = join(folder, name);
    // Kubernetes mounts such a folder with links to folders in it.
    const isFile = await stat(file).then(
      (stats) => stats.isFile(),
      () => true,
    );
    return isFile ? [await readPem("VAULT_CAPATH", file)] : [];
  });
  return (await Promise.all(texts)).flat();
}

async function readPem(variable: string, file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw refusal(`the file "${file}" of ${variable} cannot be read`, `set ${variable} to a PEM file`, error);
  });
  return checkPem(variable, text, file);
}

/** Node takes what is no PEM without a word, and then trusts nobody. */
function checkPem(variable: string, text: string, file?: string): string {
  if (/-----BEGIN [A-Z0-9 ]+-----/.test(text)) return text;
  throw refusal(
    file === undefined ? `${variable} is no PEM text` : `the file "${file}" of ${variable} is no PEM file`,
    `set ${variable} to a PEM file`.replace("_BYTES to a PEM file", "_BYTES to the text of a PEM file"),
  );
}
