/**
 * minisign's signatures: Ed25519 over the file, or over its BLAKE2b hash, and over the trusted comment. Own code, since no
 * library of npm for it is kept, and Node has both algorithms: what is left are two lines of base64. Not for which key is
 * demanded. Facts of the format: minisign's own description of it, and the files that minisign 0.11 writes.
 */
import { Buffer } from "node:buffer";
import { createHash, createPublicKey, verify } from "node:crypto";
import { ConfigManagerError } from "../../../internal/errors/errors.ts";

/** A public key of minisign's. */
export interface MinisignKey {
  readonly kind: "minisign";
  /** The line `RW…`, which stands for the whole key. */
  readonly text: string;
}

/** What a good signature says beside. */
export interface MinisignStatement {
  /** A comment that is signed too; minisign writes the time and the file's name unless told otherwise. */
  readonly trustedComment: string;
}

/** The key that a line `RW…` stands for, or minisign's file with it; undefined for anything else. */
export function parseMinisignKey(text: string): MinisignKey | undefined {
  const lines = linesOf(text);
  const line = lines.length === 1 ? lines[0]! : lines[0]?.startsWith(untrusted) === true ? lines[1]! : "";
  if (lines.length > 2 || keyParts(line) === undefined) return undefined;
  return { kind: "minisign", text: line };
}

/** How minisign itself calls a key: its number, in hexadecimal digits. */
export function minisignKeyId({ text }: MinisignKey): string {
  return idText(keyParts(text)!.id);
}

/**
 * Checks that a signature file is one of these bytes with that key. `name` is the signed file's name, for errors.
 *
 * @throws CM_SIGNATURE_INVALID for a file of another form, another key, other bytes, or another trusted comment.
 */
export function verifyMinisign(
  bytes: Uint8Array,
  signatureFile: Uint8Array,
  key: MinisignKey,
  name: string,
): MinisignStatement {
  const signature = parseSignature(signatureFile);
  if (signature === undefined) {
    throw invalid(`"${name}.minisig" is not a signature of minisign's`, "ask whoever publishes it");
  }
  const { id, point } = keyParts(key.text)!;
  if (!id.equals(signature.id)) {
    const message = `"${name}" is signed with the key ${idText(signature.id)}, and ${idText(id)} is demanded`;
    throw invalid(message, "ask whoever publishes it whether the key has changed");
  }
  const publicKey = createPublicKey({
    format: "jwk",
    key: { kty: "OKP", crv: "Ed25519", x: point.toString("base64url") },
  });
  const signed = signature.isHashed ? createHash("blake2b512").update(bytes).digest() : bytes;
  if (!verify(undefined, signed, publicKey, signature.ofBytes)) {
    throw invalid(`"${name}" is not what was signed with the key ${idText(id)}`, "do not use what came from there");
  }
  const comment = Buffer.concat([signature.ofBytes, Buffer.from(signature.trustedComment)]);
  if (!verify(undefined, comment, publicKey, signature.ofComment)) {
    throw invalid(`the comment of "${name}.minisig" is not what was signed`, "do not use what came from there");
  }
  return { trustedComment: signature.trustedComment };
}

const untrusted = "untrusted comment: ";
const trusted = "trusted comment: ";
const idBytes = 8;

interface KeyParts {
  readonly id: Buffer;
  readonly point: Buffer;
}

// "Ed", the key's number, the point.
function keyParts(line: string): KeyParts | undefined {
  const bytes = strictBase64(line, 2 + idBytes + 32);
  if (bytes?.toString("latin1", 0, 2) !== "Ed") return undefined;
  return { id: bytes.subarray(2, 2 + idBytes), point: bytes.subarray(2 + idBytes) };
}

interface SignatureParts {
  readonly isHashed: boolean;
  readonly id: Buffer;
  readonly ofBytes: Buffer;
  readonly trustedComment: string;
  readonly ofComment: Buffer;
}

function parseSignature(file: Uint8Array): SignatureParts | undefined {
  const [first, signatureLine = "", comment, globalLine = "", ...rest] = linesOf(utf8(file) ?? "");
  if (first?.startsWith(untrusted) !== true || comment?.startsWith(trusted) !== true || rest.length > 0)
    return undefined;
  // "Ed" over the bytes, "ED" over their hash; the key's number, the signature.
  const bytes = strictBase64(signatureLine, 2 + idBytes + 64);
  const ofComment = strictBase64(globalLine, 64);
  const algorithm = bytes?.toString("latin1", 0, 2);
  if (bytes === undefined || ofComment === undefined || (algorithm !== "Ed" && algorithm !== "ED")) return undefined;
  return {
    isHashed: algorithm === "ED",
    id: bytes.subarray(2, 2 + idBytes),
    ofBytes: bytes.subarray(2 + idBytes),
    trustedComment: comment.slice(trusted.length),
    ofComment,
  };
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The lines of a text; one that is empty at its end is none. */
function linesOf(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

// Node leaves out what is no base64, and would read many texts as the same bytes.
function strictBase64(text: string, byteLength: number): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.length === byteLength && bytes.toString("base64") === text ? bytes : undefined;
}

// The number is written with its last byte first.
function idText(id: Buffer): string {
  return Buffer.from(id.toReversed()).toString("hex").toUpperCase();
}

function invalid(message: string, hint: string): ConfigManagerError {
  return new ConfigManagerError("CM_SIGNATURE_INVALID", message, { hint });
}
