/**
 * What `.configmanager/plugins.lock.json` says: which plugin, from where, and the checksum of its file for each platform.
 * One lock lies beside one folder `plugins`. Not for reading, writing or checking it.
 */

/** `sha256:<64 hexadecimal digits in lower case>`. */
export type Checksum = `sha256:${string}`;

/** One lock. */
export interface PluginLock {
  /** By the plugin's name in lower case, which is its folder's. */
  readonly plugins: ReadonlyMap<string, LockedPlugin>;
}

/** One plugin of a lock. */
export interface LockedPlugin {
  /** In lower case; the prefix in lower case, unless an alias uses it. */
  readonly name: string;
  /** As its source spells it; absent when that knows none, as for a file that was copied there by hand. */
  readonly version?: string;
  /** Where its files come from: an address, or an absolute or relative folder; absent for a file that was there. */
  readonly source?: string;
  /** Of each platform that the source publishes, by `<os>-<arch>`, as `linux-amd64`. Never empty. */
  readonly checksums: ReadonlyMap<string, Checksum>;
  /** What the plugin said of itself when it was locked; absent when it could not be started here. */
  readonly described?: LockedDescription;
  /** The public key that the source's SHA256SUMS was signed with; an update has to be signed with it too. */
  readonly publicKey?: string;
}

/** What a plugin said of itself. */
export interface LockedDescription {
  /** The app protocol that it was asked by. */
  readonly appProtocol: number;
  /** Its usual prefix. Absent of a plugin of app protocol 1, which has no words for this and the rest. */
  readonly prefix?: string;
  /** Its own version. */
  readonly version?: string;
  /** Names of the metadata keys that it knows, in alphabetical order. */
  readonly metadataKeys?: readonly string[];
}
