/** A certificate authority of one test, and the certificates of the hosts that the test plays. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { generate } from "selfsigned";

/** A certificate with its private key, both PEM. */
export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
}

/** An authority that no machine trusts unless it is told to; to be removed. */
export interface TestCa {
  /** What `NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE`, `VAULT_CACERT`, … can be set to: the absolute path of `caPem` in a file. */
  readonly caFile: string;
  readonly caPem: string;
  /** For servers and clients alike; `hosts` are names (`*.vault.azure.net` too) and addresses. The same hosts get the same certificate. */
  readonly certificateFor: (hosts: readonly string[]) => Promise<TestCertificate>;
  /** Deletes the file; what has been handed out stays valid. */
  readonly remove: () => void;
}

/** Makes an authority with a new key. Its folder goes with the process at the latest. */
export async function createTestCa(commonName = "made up for a test"): Promise<TestCa> {
  const { cert: caPem, private: caKey } = await generate([{ name: "commonName", value: commonName }], {
    ...keyOptions,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const folder = mkdtempSync(join(tmpdir(), "test-ca-"));
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, caPem);
  const issued = new Map<string, Promise<TestCertificate>>();
  const remove = (): void => {
    process.off("exit", remove);
    rmSync(folder, { recursive: true, force: true });
  };
  process.on("exit", remove);
  return {
    caFile,
    caPem,
    certificateFor(hosts) {
      const name = hosts.join(" ");
      const certificate = issued.get(name) ?? issue(hosts, { key: caKey, cert: caPem });
      issued.set(name, certificate);
      return certificate;
    },
    remove,
  };
}

const keyOptions = { keyType: "ec", curve: "P-256", algorithm: "sha256" } as const;

async function issue(hosts: readonly string[], ca: TestCertificate): Promise<TestCertificate> {
  // A common name holds 64 characters at most; clients look at the alternative names only.
  const { cert, private: key } = await generate([{ name: "commonName", value: hosts[0]?.slice(0, 64) ?? "nobody" }], {
    ...keyOptions,
    ca,
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, keyEncipherment: true, critical: true },
      { name: "extKeyUsage", serverAuth: true, clientAuth: true },
      {
        name: "subjectAltName",
        altNames: hosts.map((host) => (isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host })),
      },
    ],
  });
  return { key, cert };
}
