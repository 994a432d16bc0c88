import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { platformName } from "../../host/platform.ts";
import { buildTestPlugins } from "../../test/helpers/build-once.ts";
import { createMinisignSigner, type MinisignSigner } from "../../test/helpers/minisign-signer.ts";
import { type ProgramResult, runProgram, temporaryFolder } from "../../test/helpers/run-program.ts";

const platform = platformName(process.platform, process.arch);

interface Project {
  readonly cwd: string;
  readonly install: (...argv: readonly string[]) => Promise<ProgramResult>;
  /** The key that the lock demands. */
  readonly lockedKey: () => unknown;
  readonly isInstalled: () => boolean;
}

async function project(): Promise<Project> {
  const cwd = await temporaryFolder();
  const env = { PATH: process.env["PATH"] ?? "", HOME: cwd };
  const lock = join(cwd, ".configmanager", "plugins.lock.json");
  return {
    cwd,
    install: (...argv) => runProgram(["plugin", "install", "probe", ...argv], { cwd, env }),
    lockedKey: () => {
      const { plugins } = JSON.parse(readFileSync(lock, "utf8")) as {
        readonly plugins: Readonly<Record<string, { readonly publicKey?: string }>>;
      };
      return plugins["probe"]?.publicKey;
    },
    isInstalled: () => existsSync(join(cwd, ".configmanager", "plugins", "probe", `probe-${platform}`)),
  };
}

/** A folder that publishes the plugin of the tests, signed perhaps; with other bytes at its end, as another version. */
async function published(signer?: MinisignSigner, suffix = ""): Promise<string> {
  const folder = await temporaryFolder();
  const file = Buffer.concat([await readFile((await buildTestPlugins()).file("probe")), Buffer.from(suffix)]);
  await writeFile(join(folder, `probe-${platform}`), file);
  const sums = Buffer.from(`${createHash("sha256").update(file).digest("hex")}  probe-${platform}\n`);
  await writeFile(join(folder, "SHA256SUMS"), sums);
  if (signer !== undefined) await writeFile(join(folder, "SHA256SUMS.minisig"), signer.sign(sums));
  return folder;
}

const untouched = expect.stringMatching(/^error CM_SIGNATURE_INVALID: /) as string;

describe("plugin install --public-key", () => {
  it("takes what is signed with the key, and keeps the key in the lock", async () => {
    const signer = createMinisignSigner();
    const { install, lockedKey, isInstalled } = await project();
    const { exitCode, stderr } = await install("--from", await published(signer), "--public-key", signer.publicKey);
    expect([exitCode, stderr.includes("error")]).toEqual([0, false]);
    expect([isInstalled(), lockedKey()]).toEqual([true, signer.publicKey]);
  });

  it("takes a file with the key", async () => {
    const signer = createMinisignSigner();
    const { cwd, install, lockedKey } = await project();
    await writeFile(join(cwd, "key.pub"), `untrusted comment: minisign public key\n${signer.publicKey}\n`);
    expect((await install("--from", await published(signer), "--public-key", "key.pub")).exitCode).toBe(0);
    expect(lockedKey()).toBe(signer.publicKey);
    expect((await install("--public-key", "gone.pub")).stderr).toContain(
      '"gone.pub" is neither a public key nor a file',
    );
  });

  it.each([
    { name: "is not signed", signer: undefined },
    { name: "is signed by somebody else", signer: createMinisignSigner() },
  ])("installs nothing that $name", async ({ signer }) => {
    const { install, isInstalled } = await project();
    const { publicKey } = createMinisignSigner();
    const { exitCode, stderr } = await install("--from", await published(signer), "--public-key", publicKey);
    expect([exitCode, stderr, isInstalled()]).toEqual([7, untouched, false]);
  });

  it("installs nothing whose checksums were changed after they were signed", async () => {
    const signer = createMinisignSigner();
    const [source, other] = [await published(signer), await published(undefined, "\n")];
    for (const name of ["SHA256SUMS", `probe-${platform}`]) {
      await writeFile(join(source, name), await readFile(join(other, name)));
    }
    const { install, isInstalled } = await project();
    const { exitCode, stderr } = await install("--from", source, "--public-key", signer.publicKey);
    expect([exitCode, stderr, isInstalled()]).toEqual([7, untouched, false]);
  });

  it("looks at the signature of what is there and locked too", async () => {
    const signer = createMinisignSigner();
    const source = await published(signer);
    const { install, lockedKey } = await project();
    expect((await install("--from", source)).exitCode).toBe(0);
    expect(lockedKey()).toBeUndefined();
    const { exitCode, stderr } = await install("--public-key", createMinisignSigner().publicKey);
    expect([exitCode, stderr]).toEqual([7, untouched]);
    expect((await install("--public-key", signer.publicKey)).exitCode).toBe(0);
    expect(lockedKey()).toBe(signer.publicKey);
  });

  it("changes no lock in a locked run", async () => {
    const signer = createMinisignSigner();
    const source = await published(signer);
    const { install, lockedKey } = await project();
    await install("--from", source);
    expect((await install("--locked", "--public-key", signer.publicKey)).exitCode).toBe(0);
    expect(lockedKey()).toBeUndefined();
    expect((await install("--locked", "--public-key", createMinisignSigner().publicKey)).exitCode).toBe(7);
  });
});

describe("a key in the lock", () => {
  it.each([["--update"], ["--from"]])("is demanded of what comes later (%s)", async (how) => {
    const signer = createMinisignSigner();
    const source = await published(signer);
    const { cwd, install, lockedKey } = await project();
    expect((await install("--from", source, "--public-key", signer.publicKey)).exitCode).toBe(0);
    const file = join(cwd, ".configmanager", "plugins", "probe", `probe-${platform}`);
    const before = readFileSync(file);

    const later = await published(undefined, "\n");
    if (how === "--update") {
      for (const name of ["SHA256SUMS", `probe-${platform}`]) {
        await writeFile(join(source, name), await readFile(join(later, name)));
      }
    }
    const argv = how === "--update" ? ["--update"] : ["--from", later];
    const refused = await install(...argv);
    expect([refused.exitCode, refused.stderr]).toEqual([7, untouched]);
    expect(readFileSync(file).equals(before)).toBe(true);

    const from = how === "--update" ? source : later;
    await writeFile(join(from, "SHA256SUMS.minisig"), signer.sign(readFileSync(join(from, "SHA256SUMS"))));
    expect((await install(...argv)).exitCode).toBe(0);
    expect([lockedKey(), readFileSync(file).equals(before)]).toEqual([signer.publicKey, false]);
  });

  it("is demanded where the source has no checksums any more", async () => {
    const signer = createMinisignSigner();
    const source = await published(signer);
    const { install } = await project();
    await install("--from", source, "--public-key", signer.publicKey);
    await rm(join(source, "SHA256SUMS"));
    const { exitCode, stderr } = await install("--update");
    expect([exitCode, stderr]).toEqual([7, untouched]);
  });

  it("is changed by another one that is given", async () => {
    const [old, next] = [createMinisignSigner(), createMinisignSigner()];
    const { install, lockedKey } = await project();
    await install("--from", await published(old), "--public-key", old.publicKey);
    const later = await published(next, "\n");
    expect((await install("--from", later)).exitCode).toBe(7);
    expect((await install("--from", later, "--public-key", next.publicKey)).exitCode).toBe(0);
    expect(lockedKey()).toBe(next.publicKey);
  });
});

it("finds the signature at an address, and misses it there", async () => {
  const signer = createMinisignSigner();
  const source = await published(signer);
  const server = createServer((request, response) => {
    const file = join(source, (request.url ?? "").split("/").at(-1)!);
    if (existsSync(file)) response.end(readFileSync(file));
    else response.writeHead(404).end("<!doctype html>");
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/plugins`;
  const { install, lockedKey } = await project();
  const good = await install("--from", address, "--public-key", signer.publicKey);
  expect([good.exitCode, lockedKey()]).toEqual([0, signer.publicKey]);
  await rm(join(source, "SHA256SUMS.minisig"));
  const refused = await install("--update");
  expect([refused.exitCode, refused.stderr]).toEqual([
    7,
    expect.stringContaining('the source has no "SHA256SUMS.minisig", and a signature by the key ') as string,
  ]);
});
