/**
 * sigstore's bundles, checked without a network: certificate, transparency log and time against a trusted root, then who
 * signed, then the bytes. What is checked and how is the library's, which npm itself uses; which identity counts is ours. A part
 * of the program that is loaded when a bundle is demanded.
 */
import { Buffer } from "node:buffer";
import { bundleFromJSON, isBundleWithMessageSignature } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, type TrustMaterial, Verifier } from "@sigstore/verify";
import { ConfigManagerError, isConfigManagerError } from "../../../internal/errors/errors.ts";
import { shorten } from "../../../internal/errors/redact.ts";
import type { SigstoreSigner } from "./signer.ts";
import { publicSigstoreRoot } from "./sigstore-root.ts";

/**
 * Checks that a bundle is a signature of these bytes by that identity. `name` is the signed file's name, for errors;
 * `trustedRoot` is the text of a trusted root, that of sigstore's public instance unless given.
 *
 * @throws CM_SIGNATURE_INVALID for everything that is not so; CM_USAGE for a text that is no trusted root.
 */
export function verifySigstore(
  bytes: Uint8Array,
  bundleFile: Uint8Array,
  signer: SigstoreSigner,
  name: string,
  trustedRoot: string = publicSigstoreRoot,
): void {
  const material = readRoot(trustedRoot);
  const signed = attempt(name, () => {
    const bundle = bundleFromJSON(JSON.parse(Buffer.from(bundleFile).toString("utf8")));
    // An envelope holds what was signed in itself, and would say nothing of these bytes.
    if (!isBundleWithMessageSignature(bundle)) {
      throw invalid(
        `"${name}.sigstore.json" is an attestation, not a signature of the file`,
        "sign it with `cosign sign-blob`",
      );
    }
    return new Verifier(material).verify(toSignedEntity(bundle, Buffer.from(bytes)));
  });
  const { subjectAlternativeName: identity, extensions } = signed.identity ?? {};
  if (extensions?.issuer === signer.issuer && identity !== undefined && isMeant(identity, signer.identity)) return;
  const by = `"${shorten(identity ?? "a key", 300)}" of ${shorten(extensions?.issuer ?? "nobody", 300)}`;
  throw invalid(
    `"${name}" is signed by ${by}, and "${signer.identity}" of ${signer.issuer} is demanded`,
    "ask whoever publishes it",
  );
}

function isMeant(identity: string, pattern: string): boolean {
  if (!pattern.endsWith("*")) return identity === pattern;
  const start = pattern.slice(0, -1);
  return identity.startsWith(start) && identity.length > start.length;
}

function readRoot(text: string): TrustMaterial {
  let cause: unknown;
  try {
    const root = TrustedRoot.fromJSON(JSON.parse(text));
    // The library makes a root without any key of most that is JSON.
    if (root.mediaType.startsWith("application/vnd.dev.sigstore.trustedroot")) return toTrustMaterial(root);
  } catch (error) {
    cause = error;
  }
  throw new ConfigManagerError("CM_USAGE", "the trusted root is none of sigstore's", {
    hint: "write it with `cosign trusted-root create`",
    cause,
  });
}

// The library's errors are of several classes, and say what was found.
function attempt<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isConfigManagerError(error)) throw error;
    const reason = shorten(error instanceof Error ? error.message : String(error), 300);
    const hint = "ask whoever publishes it; a log that is newer than this program needs a newer trusted root";
    throw new ConfigManagerError(
      "CM_SIGNATURE_INVALID",
      `"${name}.sigstore.json" does not vouch for "${name}": ${reason}`,
      {
        hint,
        cause: error,
      },
    );
  }
}

function invalid(message: string, hint: string): ConfigManagerError {
  return new ConfigManagerError("CM_SIGNATURE_INVALID", message, { hint });
}
