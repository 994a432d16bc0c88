import { spawnSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createCertificate } from "./certificate.ts";

const now = new Date("2026-02-03T04:05:06.789Z");

describe("createCertificate", () => {
  it("makes what Node reads as go-plugin's certificate", async () => {
    const { certificatePem, certificateDer, keyPem } = await createCertificate(now);
    const certificate = new X509Certificate(certificatePem);
    expect(certificate.raw.equals(certificateDer)).toBe(true);
    expect(certificate.subject).toBe("O=HashiCorp\nCN=localhost");
    expect(certificate.issuer).toBe(certificate.subject);
    expect(certificate.subjectAltName).toBe("DNS:localhost");
    expect(certificate.validFrom).toBe("Feb  3 04:04:36 2026 GMT");
    expect(new Date(certificate.validTo)).toEqual(
      new Date(Math.floor(now.getTime() / 1000) * 1000 + 262_980 * 3_600_000),
    );
    expect(certificate.ca).toBe(true);
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"]);
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "secp521r1" });
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
    expect(keyPem).toMatch(/^-----BEGIN EC PRIVATE KEY-----\n/);
    expect(certificateDer.length).toBeGreaterThan(550);
    expect(certificateDer.length).toBeLessThan(640);
  });

  it("gives each a positive serial number of its own, in the shortest form", async () => {
    const serials = new Set<string>();
    // A first byte above 0x7f, or of zero, comes often enough in this many.
    for (let run = 0; run < 40; run++) {
      const { certificateDer } = await createCertificate(now);
      const { serialNumber } = new X509Certificate(certificateDer);
      expect(serialNumber).toMatch(/^(?!0+$)[0-9A-F]{2,32}$/);
      serials.add(serialNumber);
    }
    expect(serials.size).toBe(40);
  });

  const openssl = spawnSync("openssl", ["version"]).status === 0;
  it.skipIf(skipLoudly("openssl", openssl))("makes what openssl reads as go-plugin's certificate", async () => {
    const folder = makeFolder();
    const { certificatePem, keyPem } = await createCertificate();
    writeFileSync(join(folder, "cert.pem"), certificatePem);
    writeFileSync(join(folder, "key.pem"), keyPem);
    const verified = run(
      "openssl",
      ["verify", "-x509_strict", "-CAfile", "cert.pem", "-verify_hostname", "localhost", "cert.pem"],
      folder,
    );
    expect(verified).toBe("cert.pem: OK\n");
    const text = run("openssl", ["x509", "-in", "cert.pem", "-noout", "-text"], folder);
    expect(text).toContain("Version: 3 (0x2)");
    expect(text).toContain("Signature Algorithm: ecdsa-with-SHA512");
    expect(text).toMatch(
      /Key Usage: critical\s+Digital Signature, Key Encipherment, Key Agreement, Certificate Sign\n/,
    );
    expect(text).toMatch(/Extended Key Usage: \s+TLS Web Client Authentication, TLS Web Server Authentication\n/);
    expect(text).toMatch(/Basic Constraints: critical\s+CA:TRUE\n/);
    expect(run("openssl", ["asn1parse", "-in", "cert.pem"], folder)).toMatch(/UTCTIME .*\n.*GENERALIZEDTIME/);
    expect(run("openssl", ["ec", "-in", "key.pem", "-check", "-noout"], folder)).toBe("");
  });

  const go = spawnSync("go", ["version"]).status === 0;
  it.skipIf(skipLoudly("go", go))(
    "makes what Go makes of the same key, byte for byte up to the signature",
    { timeout: 120_000 },
    async () => {
      const folder = makeFolder();
      writeFileSync(join(folder, "main.go"), goProgram);
      const env = {
        ...process.env,
        CGO_ENABLED: "0",
        GOFLAGS: "",
        GO111MODULE: "off",
        GOTOOLCHAIN: "local",
      };
      run("go", ["build", "-o", "check", "main.go"], folder, env);
      for (let round = 0; round < 20; round++) {
        const { certificatePem, keyPem } = await createCertificate();
        writeFileSync(join(folder, "pair.pem"), certificatePem + keyPem);
        expect(run(join(folder, "check"), ["pair.pem"], folder)).toBe("same\n");
      }
    },
  );
});

// Makes a certificate of go-plugin's template with our key and compares the two, field by field and extension by
// extension in the order they come in; then verifies ours for both uses.
const goProgram = `package main

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"os"
)

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	pair, err := tls.LoadX509KeyPair(os.Args[1], os.Args[1])
	check(err)
	ours, err := x509.ParseCertificate(pair.Certificate[0])
	check(err)
	template := &x509.Certificate{
		Subject:               pkix.Name{Organization: []string{"HashiCorp"}, CommonName: "localhost"},
		DNSNames:              []string{"localhost"},
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageKeyAgreement | x509.KeyUsageKeyEncipherment | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
		SerialNumber:          ours.SerialNumber,
		NotBefore:             ours.NotBefore,
		NotAfter:              ours.NotAfter,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, ours.PublicKey, pair.PrivateKey)
	check(err)
	theirs, err := x509.ParseCertificate(der)
	check(err)
	if !bytes.Equal(ours.RawTBSCertificate, theirs.RawTBSCertificate) {
		fmt.Printf("ours   %x\\ntheirs %x\\n", ours.RawTBSCertificate, theirs.RawTBSCertificate)
		os.Exit(1)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ours)
	_, err = ours.Verify(x509.VerifyOptions{Roots: pool, DNSName: "localhost", KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	check(err)
	_, err = ours.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	check(err)
	fmt.Println("same")
}
`;

function skipLoudly(tool: string, isThere: boolean): boolean {
  if (isThere) return false;
  if (process.env["CI"] !== undefined) throw new Error(`${tool} is missing, and CI must not skip what needs it`);
  console.warn(`SKIPPED: ${tool} is missing, so no certificate is checked by it`);
  return true;
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "cm-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}
