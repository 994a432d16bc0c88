/** Signs as minisign does, with a key that lives as long as the test; that the form is minisign's, its own files show. */
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** A key, and what it signs. */
export interface MinisignSigner {
  /** The line `RW…`. */
  readonly publicKey: string;
  /** The text of a signature file. */
  readonly sign: (bytes: Uint8Array) => string;
}

export function createMinisignSigner(): MinisignSigner {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const id = randomBytes(8);
  const point = Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url");
  return {
    publicKey: Buffer.concat([Buffer.from("Ed"), id, point]).toString("base64"),
    sign(bytes) {
      const comment = "timestamp:1790000000";
      const signature = sign(undefined, createHash("blake2b512").update(bytes).digest(), privateKey);
      const line = Buffer.concat([Buffer.from("ED"), id, signature]).toString("base64");
      const whole = sign(undefined, Buffer.concat([signature, Buffer.from(comment)]), privateKey).toString("base64");
      return `untrusted comment: of a test\n${line}\ntrusted comment: ${comment}\n${whole}\n`;
    },
  };
}
