import { createHash, createPublicKey, generateKeyPair, type KeyObject, randomBytes, sign } from "node:crypto";

/** One side's certificate for AutoMTLS, made anew for each process. */
export interface Certificate {
  readonly certificatePem: string;
  /** SEC1, `EC PRIVATE KEY`. */
  readonly keyPem: string;
  readonly certificateDer: Uint8Array;
}

const secondMs = 1000;
const hourMs = 3600 * secondMs;

/**
 * A self-signed certificate for `localhost`, field for field the one that Go's go-plugin makes: P-521, valid from 30
 * seconds before `now` for about 30 years (go-plugin protocol, section 4.1). Rejects only when the system has no
 * random numbers left.
 */
export async function createCertificate(now: Date = new Date()): Promise<Certificate> {
  const key = await generateKey();
  const publicKeyDer = createPublicKey(key).export({ type: "spki", format: "der" });
  const tbs = tbsCertificate(publicKeyDer, now);
  const signature = await signSha512(tbs, key);
  const certificateDer = new Uint8Array(sequence(tbs, ecdsaWithSha512, bitString(signature, 0)));
  return {
    certificatePem: toPem(certificateDer),
    keyPem: key.export({ type: "sec1", format: "pem" }).toString(),
    certificateDer,
  };
}

/** DER as a PEM block of type CERTIFICATE, which is how TLS wants the certificate of a handshake line. */
export function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function generateKey(): Promise<KeyObject> {
  return new Promise((resolve, reject) => {
    generateKeyPair("ec", { namedCurve: "P-521" }, (error, _publicKey, privateKey) => {
      if (error) reject(error);
      else resolve(privateKey);
    });
  });
}

function signSha512(data: Uint8Array, key: KeyObject): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    sign("sha512", data, key, (error, signature) => {
      if (error) reject(error);
      else resolve(signature);
    });
  });
}

// ASN.1 tags of X.690 and the context tags of RFC 5280.
const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  printableString: 0x13,
  sequence: 0x30,
  set: 0x31,
  dnsName: 0x82,
  version: 0xa0,
  extensions: 0xa3,
} as const;

const ecdsaWithSha512 = sequence(oid("1.2.840.10045.4.3.4"));

// The order of the fields is that of RFC 5280, section 4.1, and the order of the extensions that of Go.
function tbsCertificate(publicKeyDer: Uint8Array, now: Date): Buffer {
  const name = sequence(nameAttribute("2.5.4.10", "HashiCorp"), nameAttribute("2.5.4.3", "localhost"));
  const notBefore = new Date(now.getTime() - 30 * secondMs);
  const notAfter = new Date(now.getTime() + 262_980 * hourMs);
  return sequence(
    element(tag.version, element(tag.integer, [2])),
    serialNumber(),
    ecdsaWithSha512,
    name,
    sequence(time(notBefore), time(notAfter)),
    name,
    publicKeyDer,
    element(
      tag.extensions,
      sequence(
        // digitalSignature, keyEncipherment, keyAgreement, keyCertSign: bits 0, 2, 4, 5
        extension("2.5.29.15", true, bitString(Uint8Array.of(0b1010_1100), 2)),
        // clientAuth, serverAuth
        extension("2.5.29.37", false, sequence(oid("1.3.6.1.5.5.7.3.2"), oid("1.3.6.1.5.5.7.3.1"))),
        extension("2.5.29.19", true, sequence(element(tag.boolean, [0xff]))),
        extension("2.5.29.14", false, element(tag.octetString, subjectKeyId(publicKeyDer))),
        extension("2.5.29.17", false, sequence(element(tag.dnsName, Buffer.from("localhost")))),
      ),
    ),
  );
}

// Positive and below 2^128: 16 random bytes, with a leading zero where the first bit would read as a sign. DER wants
// no other leading zero.
function serialNumber(): Buffer {
  const random = randomBytes(16);
  const start = random.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Buffer.of(1) : random.subarray(start);
  return element(tag.integer, digits[0]! < 0x80 ? digits : Buffer.concat([Buffer.of(0), digits]));
}

// SHA-1 of the key's bits, as Go does it for every certificate that may sign. The 133 bytes of an uncompressed P-521
// point end the SubjectPublicKeyInfo.
function subjectKeyId(publicKeyDer: Uint8Array): Buffer {
  return createHash("sha1").update(publicKeyDer.subarray(-133)).digest();
}

function nameAttribute(type: string, value: string): Buffer {
  return element(tag.set, sequence(oid(type), element(tag.printableString, Buffer.from(value))));
}

function extension(id: string, critical: boolean, value: Uint8Array): Buffer {
  const flag = critical ? [element(tag.boolean, [0xff])] : [];
  return sequence(oid(id), ...flag, element(tag.octetString, value));
}

// RFC 5280: two digits for the year up to 2049, four from 2050 on, which is where 30 years lead.
function time(date: Date): Buffer {
  const digits = date
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replace(/[-:T]/g, "");
  return date.getUTCFullYear() < 2050
    ? element(tag.utcTime, Buffer.from(digits.slice(2)))
    : element(tag.generalizedTime, Buffer.from(digits));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(tag.oid, [first * 40 + second, ...rest.flatMap(base128)]);
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

function bitString(bits: Uint8Array, unusedBits: number): Buffer {
  return element(tag.bitString, Buffer.concat([Buffer.of(unusedBits), bits]));
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(tag.sequence, Buffer.concat(parts));
}

function element(tagByte: number, content: Uint8Array | readonly number[]): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.of(tagByte, ...lengthOf(bytes.length)), bytes]);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}
