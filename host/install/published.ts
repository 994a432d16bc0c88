import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { nearestWord } from "../../internal/errors/nearest.ts";
import type { Checksum } from "../lock/plugin-lock.ts";
import { isNotThere, sourceError } from "./install-errors.ts";
import type { InstallPlan } from "./install-plan.ts";
import type { Publication } from "./publication.ts";
import type { ChecksumsVerifier } from "./signatures/verify-checksums.ts";
import { platformsIn, pluginFileName, pluginNamesIn, sumsName } from "./sums-text.ts";

/** What a source says of one plugin. */
export interface Published {
  /** By platform; empty for an address without SHA256SUMS. */
  readonly checksums: ReadonlyMap<string, Checksum>;
  /** What the checksums were signed with. */
  readonly publicKey: string | undefined;
}

/** How checksums are taken. */
export interface PublishedOptions {
  readonly withoutChecksums: boolean;
  readonly verifyChecksums: ChecksumsVerifier;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The checksums that a source publishes for all platforms: those of its SHA256SUMS, or of the files of a folder without one.
 *
 * Rejects with CM_INSTALL_SOURCE when it has no such plugin, not for this platform, or no checksums at all and they are not
 * waived; with CM_CHECKSUM_MISMATCH when it says something else than is locked; with what `verifyChecksums` rejects with.
 */
export async function publishedFor(
  { name, pinned, locked }: Pick<InstallPlan, "name" | "pinned" | "locked">,
  publication: Publication,
  platform: string,
  { withoutChecksums, verifyChecksums, signal }: PublishedOptions,
): Promise<Published> {
  const verified = await publication.sums(signal);
  // What is locked for another version says who has to sign this one.
  const publicKey = await verifyChecksums(verified?.bytes, (name) => readIfThere(publication, name, signal), locked);
  if (verified === undefined && publication.hashAll === undefined) {
    if (withoutChecksums) return { checksums: new Map(), publicKey: undefined };
    throw noSums(publication, "to take what it sends as it comes, pass --without-checksums");
  }
  const checksums =
    verified === undefined ? await publication.hashAll!(name, signal) : platformsIn(verified.sums, name);
  if (!checksums.has(platform)) {
    const fileNames = verified === undefined ? publication.fileNames!() : [...verified.sums.keys()];
    throw notPublished(name, platform, [...checksums.keys()], pluginNamesIn(fileNames), publication);
  }
  for (const [of, locked] of pinned?.checksums ?? []) {
    if ((checksums.get(of) ?? locked) === locked) continue;
    throw new ConfigManagerError(
      "CM_CHECKSUM_MISMATCH",
      `"${publication.locate(pluginFileName(name, of))}" is no longer the file that is locked for ${of}`,
      {
        hint: `find out why it was changed; configmanager plugin install ${name} --update takes what is there now`,
        details: { plugin: name, platform: of },
      },
    );
  }
  return { checksums, publicKey };
}

/** A file of a source; undefined when it is not there. Rejects as `SourceReader.read` does for everything else. */
export async function readIfThere(
  publication: Publication,
  fileName: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  try {
    return await publication.read(fileName, signal);
  } catch (error) {
    if (isNotThere(error)) return undefined;
    throw error;
  }
}

function noSums(publication: Publication, hint: string): ConfigManagerError {
  return sourceError(
    `there is no "${publication.locate(sumsName)}", so nothing says what its plugins have to be`,
    `check the address and the version; ${hint}`,
  );
}

function notPublished(
  name: string,
  platform: string,
  platforms: readonly string[],
  names: readonly string[],
  publication: Publication,
): ConfigManagerError {
  const where = publication.source.base;
  if (platforms.length > 0) {
    return sourceError(
      `"${where}" has no plugin "${name}" for ${platform}`,
      `it has it for ${platforms.toSorted().join(", ")}; ask its author, or build it for this platform`,
    );
  }
  const near = nearestWord(name, names);
  const has =
    names.length === 0 ? "it has no plugins: check the address and the version" : `it has ${names.join(", ")}`;
  return sourceError(`"${where}" has no plugin "${name}"`, near === undefined ? has : `write "${near}"; ${has}`);
}
