import type { Checksum, LockedDescription, LockedPlugin } from "./plugin-lock.ts";

/** What is known of a plugin that is locked. */
export interface LockFacts {
  readonly name: string;
  /** What the lock says so far. */
  readonly before: LockedPlugin | undefined;
  /** Of the files that are there, by platform; at least one. */
  readonly found: ReadonlyMap<string, Checksum>;
  /** What its source publishes; undefined where it was not asked. */
  readonly published: ReadonlyMap<string, Checksum> | undefined;
  /** What it says of itself; undefined where it was not started. */
  readonly described: LockedDescription | undefined;
}

/**
 * What the lock shall say: the checksums of the files that are there, and for other platforms those of the source, or those
 * that somebody else has locked. A file that is not what the source publishes for it was changed by hand: then the plugin is
 * no longer its source's, and nothing of that is kept.
 */
export function mergeLocked({ name, before, found, published, described }: LockFacts): LockedPlugin {
  const ofSource = published ?? before?.checksums ?? new Map<string, Checksum>();
  const isOfSource =
    before?.source !== undefined &&
    [...found].every(([platform, checksum]) => (ofSource.get(platform) ?? checksum) === checksum);
  const { version, source, publicKey } = isOfSource ? before : {};
  const others = before?.source === undefined || isOfSource ? [...(before?.checksums ?? []), ...ofSource] : [];
  const isSame = [...found].every(([platform, checksum]) => before?.checksums.get(platform) === checksum);
  const says = described ?? (isSame ? before?.described : undefined);
  return {
    name,
    ...(version !== undefined && { version }),
    ...(source !== undefined && { source }),
    checksums: new Map([...others, ...found]),
    ...(says && { described: says }),
    ...(publicKey !== undefined && { publicKey }),
  };
}
