/**
 * Who has to have signed: a key of minisign's, or an identity at sigstore. One text stands for either, on a command line and
 * as `publicKey` of a lock. Not for checking a signature.
 */
import { ConfigManagerError } from "../../../internal/errors/errors.ts";
import { type MinisignKey, minisignKeyId, parseMinisignKey } from "./minisign.ts";

/** Somebody whose signature is demanded. */
export type Signer = MinisignKey | SigstoreSigner;

/** Whoever was known to an issuer by that identity, at the moment of signing. */
export interface SigstoreSigner {
  readonly kind: "sigstore";
  /** `sigstore ISSUER IDENTITY`. */
  readonly text: string;
  /** Address of the service that says who somebody is. */
  readonly issuer: string;
  /** An address or an e-mail address; `*` at its end, behind `/` or `@`, stands for any rest. */
  readonly identity: string;
}

/** The signer that a text stands for: a line `RW…`, minisign's file with it, or `sigstore ISSUER IDENTITY`; undefined for none. */
export function parseSigner(text: string): Signer | undefined {
  const [word, issuer = "", identity = "", ...rest] = text.trim().split(" ");
  if (word !== "sigstore") return parseMinisignKey(text);
  if (!/^https:\/\/[!-~]+$/.test(issuer) || !/^[!-)+-~]+(?:(?<=[/@])\*)?$/.test(identity) || rest.length > 0)
    return undefined;
  return { kind: "sigstore", text: `sigstore ${issuer} ${identity}`, issuer, identity };
}

/**
 * The signer that somebody names: its text, or a file that holds it. `readFile` gives the text of a file, undefined when it
 * cannot be read. Throws CM_USAGE for what is neither.
 */
export function readSigner(given: string, readFile: (path: string) => string | undefined): Signer {
  const signer = parseSigner(given);
  if (signer !== undefined) return signer;
  const text = readFile(given);
  const inFile = text === undefined ? undefined : parseSigner(text);
  if (inFile !== undefined) return inFile;
  const message = text === undefined ? "is neither a public key nor a file" : "is a file without a public key";
  throw new ConfigManagerError("CM_USAGE", `"${given}" ${message}`, {
    hint: "write minisign's public key, RW…, a file with it, or 'sigstore ISSUER IDENTITY'",
  });
}

/** How a signer is named in messages. */
export function signerText(signer: Signer): string {
  return signer.kind === "minisign" ? `the key ${minisignKeyId(signer)}` : `"${signer.identity}" of ${signer.issuer}`;
}
