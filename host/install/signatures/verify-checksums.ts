/**
 * Whether the checksums of a source are signed by whom they have to be, before one of them is believed. Not for where files
 * come from: that is handed in. Called by whoever installs.
 */
import { ConfigManagerError } from "../../../internal/errors/errors.ts";
import type { LockedPlugin } from "../../lock/plugin-lock.ts";
import { verifyMinisign } from "./minisign.ts";
import { parseSigner, type Signer, signerText } from "./signer.ts";

/** What the user demands. */
export interface SignatureDemand {
  /** Whose signature, whatever the lock says; unless given, that of the lock's `publicKey`. */
  readonly signer?: Signer | undefined;
  /** The text of a trusted root, for sigstore; that of its public instance unless given. */
  readonly trustedRoot?: string | undefined;
}

/**
 * Looks at the bytes of SHA256SUMS, undefined where the source has none. `fetchFile` gets a file that lies beside it, undefined
 * when it is not there. Resolves with what the lock keeps as `publicKey`; undefined where no signature is demanded.
 */
export type ChecksumsVerifier = (
  sums: Uint8Array | undefined,
  fetchFile: (fileName: string) => Promise<Uint8Array | undefined>,
  locked: Pick<LockedPlugin, "name" | "publicKey"> | undefined,
) => Promise<string | undefined>;

/** The name of the file that is signed. */
const sumsName = "SHA256SUMS";
/** No signature is longer. */
const maxSignatureBytes = 1024 * 1024;

/**
 * A verifier. It rejects with CM_SIGNATURE_INVALID: for no signature where one is demanded, for one that is not good, and for
 * a lock whose `publicKey` is none; CM_USAGE for a trusted root that is none.
 */
export function createChecksumsVerifier({ signer, trustedRoot }: SignatureDemand): ChecksumsVerifier {
  return async (sums, fetchFile, locked) => {
    const demanded = signer ?? signerOf(locked);
    if (demanded === undefined) return undefined;
    if (sums === undefined) throw unsigned(sumsName, demanded);
    const fileName = `${sumsName}${demanded.kind === "minisign" ? ".minisig" : ".sigstore.json"}`;
    const file = await fetchFile(fileName);
    if (file === undefined) throw unsigned(fileName, demanded);
    if (file.length > maxSignatureBytes) {
      throw new ConfigManagerError("CM_SIGNATURE_INVALID", `"${fileName}" is too long for a signature`);
    }
    if (demanded.kind === "minisign") {
      verifyMinisign(sums, file, demanded, sumsName);
    } else {
      const { verifySigstore } = await import("./sigstore.ts");
      verifySigstore(sums, file, demanded, sumsName, trustedRoot);
    }
    return demanded.text;
  };
}

function signerOf(locked: Pick<LockedPlugin, "name" | "publicKey"> | undefined): Signer | undefined {
  if (locked?.publicKey === undefined) return undefined;
  const signer = parseSigner(locked.publicKey);
  if (signer !== undefined) return signer;
  throw new ConfigManagerError("CM_SIGNATURE_INVALID", `the lock's "publicKey" of "${locked.name}" is none`, {
    hint: "restore it from version control",
  });
}

function unsigned(missing: string, signer: Signer): ConfigManagerError {
  const message = `the source has no "${missing}", and a signature by ${signerText(signer)} is demanded`;
  return new ConfigManagerError("CM_SIGNATURE_INVALID", message, {
    hint: 'ask whoever publishes it; a lock demands the signature as long as it has a "publicKey"',
  });
}
