import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../../test/helpers/source-files.ts";
import { parseMinisignKey } from "./minisign.ts";
import { parseSigner, readSigner, type Signer } from "./signer.ts";
import { createChecksumsVerifier } from "./verify-checksums.ts";

// What minisign and sigstore's own libraries have written: see the READMEs there.
const fixture = (name: string): Buffer => readFileSync(join(root, "test", "fixtures", name));
const sums = fixture("minisign/SHA256SUMS");
const key = parseMinisignKey(fixture("minisign/key.pub").toString())!;
const other = parseMinisignKey(fixture("minisign/other.pub").toString())!;
const issuer = "https://token.actions.githubusercontent.com";
const workflow = "https://github.com/me/plugins/.github/workflows/release.yml@refs/tags/";
const trustedRoot = fixture("sigstore/trusted-root.json").toString();

interface Situation {
  readonly signer?: Signer | undefined;
  readonly lockedKey?: string;
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly bytes?: Uint8Array | undefined;
  readonly trustedRoot?: string | undefined;
}

const published = {
  "SHA256SUMS.minisig": fixture("minisign/SHA256SUMS.minisig"),
  "SHA256SUMS.sigstore.json": fixture("sigstore/SHA256SUMS.sigstore.json"),
};

/** What the lock keeps, or the error's code and message; and the files that were asked for. */
async function outcome({ files = published, ...situation }: Situation): Promise<[unknown, readonly string[]]> {
  const asked: string[] = [];
  const verify = createChecksumsVerifier({
    signer: situation.signer,
    trustedRoot: situation.trustedRoot ?? trustedRoot,
  });
  const fetchFile = async (name: string): Promise<Uint8Array | undefined> => {
    asked.push(name);
    const file = files[name];
    return file === undefined ? undefined : Buffer.from(file as string);
  };
  const locked = situation.lockedKey === undefined ? undefined : { name: "mine", publicKey: situation.lockedKey };
  const result: unknown = await verify("bytes" in situation ? situation.bytes : sums, fetchFile, locked).catch(
    (error: { readonly code: string; readonly message: string }) => `${error.code}: ${error.message}`,
  );
  return [result, asked];
}

const sigstore = (identity: string, by = issuer): Signer => parseSigner(`sigstore ${by} ${identity}`)!;

describe("a signature that is demanded", () => {
  it("is none unless somebody does, and then no file is asked for", async () => {
    expect(await outcome({})).toEqual([undefined, []]);
    expect(await outcome({ bytes: undefined })).toEqual([undefined, []]);
  });

  it("by the user is checked, and kept for the lock", async () => {
    expect(await outcome({ signer: key })).toEqual([key.text, ["SHA256SUMS.minisig"]]);
  });

  it("by the lock is checked", async () => {
    expect(await outcome({ lockedKey: key.text })).toEqual([key.text, ["SHA256SUMS.minisig"]]);
    expect((await outcome({ lockedKey: other.text }))[0]).toMatch(/^CM_SIGNATURE_INVALID: .*8BC36AB9E6DB824D/);
  });

  it("by the user takes the place of the lock's, which is how a key is changed", async () => {
    expect((await outcome({ signer: key, lockedKey: other.text }))[0]).toBe(key.text);
    expect((await outcome({ signer: other, lockedKey: key.text }))[0]).toMatch(/^CM_SIGNATURE_INVALID/);
  });

  it.each([
    { name: "no signature", files: {}, bytes: sums, message: 'the source has no "SHA256SUMS.minisig"' },
    { name: "no checksums", files: published, bytes: undefined, message: 'the source has no "SHA256SUMS"' },
  ])("is missed at a source with $name", async ({ files, bytes, message }) => {
    expect((await outcome({ lockedKey: key.text, files, bytes }))[0]).toBe(
      `CM_SIGNATURE_INVALID: ${message}, and a signature by the key 8BC36AB9E6DB824D is demanded`,
    );
  });

  it("is missed by whose it has to be, also where that is an identity", async () => {
    const signer = sigstore(`${workflow}*`);
    expect((await outcome({ signer, files: {} }))[0]).toBe(
      `CM_SIGNATURE_INVALID: the source has no "SHA256SUMS.sigstore.json", and a signature by "${workflow}*" of ${issuer} is demanded`,
    );
  });

  it("is not taken from a file without end", async () => {
    const files = { "SHA256SUMS.minisig": Buffer.alloc(1024 * 1024 + 1) };
    expect((await outcome({ signer: key, files }))[0]).toMatch(/is too long for a signature$/);
  });

  it("is demanded by a lock that was damaged too", async () => {
    expect((await outcome({ lockedKey: "RWnonsense" }))[0]).toBe(
      'CM_SIGNATURE_INVALID: the lock\'s "publicKey" of "mine" is none',
    );
  });
});

describe("a bundle of sigstore's", () => {
  it.each([`${workflow}v1.2.0`, `${workflow}*`, "https://github.com/me/*"])("by %s is good", async (identity) => {
    const signer = sigstore(identity);
    expect(await outcome({ signer })).toEqual([signer.text, ["SHA256SUMS.sigstore.json"]]);
  });

  it.each([`${workflow}v1.3.0`, `${workflow}v1.2.0/*`, "https://github.com/other/*", "me@example.com"])(
    "is not one by %s",
    async (identity) => {
      expect((await outcome({ signer: sigstore(identity) }))[0]).toBe(
        `CM_SIGNATURE_INVALID: "SHA256SUMS" is signed by "${workflow}v1.2.0" of ${issuer}, and "${identity}" of ${issuer} is demanded`,
      );
    },
  );

  it("is not one of another issuer", async () => {
    const [message] = await outcome({ signer: sigstore(`${workflow}v1.2.0`, "https://accounts.google.com") });
    expect(message).toMatch(/^CM_SIGNATURE_INVALID: .* of https:\/\/accounts\.google\.com is demanded$/);
  });

  const signer = sigstore(`${workflow}*`);
  const withBundle = (file: string | Buffer): Situation => ({ signer, files: { "SHA256SUMS.sigstore.json": file } });
  const bundle = JSON.parse(published["SHA256SUMS.sigstore.json"].toString()) as {
    readonly messageSignature: { readonly signature: string };
  };
  const turned = Buffer.from(bundle.messageSignature.signature, "base64");
  turned[10]! ^= 1;
  const changed = { ...bundle, messageSignature: { ...bundle.messageSignature, signature: turned.toString("base64") } };

  it.each([
    {
      name: "of another file",
      situation: withBundle(fixture("sigstore/another.sigstore.json")),
      says: /does not vouch/,
    },
    { name: "that was changed", situation: withBundle(JSON.stringify(changed)), says: /does not vouch/ },
    { name: "for other bytes", situation: { signer, bytes: Buffer.from("x") }, says: /does not vouch/ },
    {
      name: "of another world",
      situation: { signer, trustedRoot: fixture("sigstore/other-root.json").toString() },
      says: /does not vouch/,
    },
    { name: "of the public instance's", situation: { signer, trustedRoot: "" }, says: /does not vouch/ },
    {
      name: "that holds what it signs",
      situation: withBundle(fixture("sigstore/envelope.sigstore.json")),
      says: /is an attestation, not a signature of the file$/,
    },
    { name: "that is a page", situation: withBundle("<!doctype html>"), says: /does not vouch/ },
    { name: "that is empty", situation: withBundle("{}"), says: /does not vouch/ },
  ])("$name is refused", async ({ situation, says }) => {
    const { trustedRoot: root, ...rest } = situation as Situation;
    // Without a root of its own, the public instance's.
    const result =
      root === ""
        ? await createChecksumsVerifier({ signer })(
            sums,
            async () => published["SHA256SUMS.sigstore.json"],
            undefined,
          ).catch((error: { readonly code: string; readonly message: string }) => `${error.code}: ${error.message}`)
        : (await outcome({ ...rest, trustedRoot: root }))[0];
    expect(result).toMatch(/^CM_SIGNATURE_INVALID: /);
    expect(result).toMatch(says);
  });

  it.each(["{}x", "[1]", '{"tlogs": 1}'])("needs a trusted root, not %s", async (text) => {
    expect((await outcome({ signer, trustedRoot: text }))[0]).toBe("CM_USAGE: the trusted root is none of sigstore's");
  });
});

describe("readSigner", () => {
  const files: Readonly<Record<string, string>> = {
    "key.pub": fixture("minisign/key.pub").toString(),
    "who.txt": `sigstore ${issuer} ${workflow}*\n`,
    "other.txt": "nothing",
  };

  it.each([key.text, "key.pub"])("takes %s", (given) => {
    expect(readSigner(given, (path) => files[path])).toEqual(key);
  });

  it.each([`sigstore ${issuer} ${workflow}*`, "who.txt"])("takes %s", (given) => {
    const text = `sigstore ${issuer} ${workflow}*`;
    expect(readSigner(given, (path) => files[path])).toEqual({
      kind: "sigstore",
      text,
      issuer,
      identity: `${workflow}*`,
    });
  });

  it.each([
    { given: "other.txt", message: '"other.txt" is a file without a public key' },
    { given: "gone.txt", message: '"gone.txt" is neither a public key nor a file' },
    { given: "sigstore http://a b", message: '"sigstore http://a b" is neither a public key nor a file' },
    { given: `sigstore ${issuer} *`, message: `"sigstore ${issuer} *" is neither a public key nor a file` },
    { given: `sigstore ${issuer} a*b`, message: `"sigstore ${issuer} a*b" is neither a public key nor a file` },
    {
      given: `sigstore ${issuer} https://a*`,
      message: `"sigstore ${issuer} https://a*" is neither a public key nor a file`,
    },
  ])("refuses $given", ({ given, message }) => {
    expect(() => readSigner(given, (path) => files[path])).toThrow(
      expect.objectContaining({ code: "CM_USAGE", message }),
    );
  });
});
