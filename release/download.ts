/** A release and where its files will be. */
export interface Release {
  /** Without `v`, such as `1.2.3`; its tag is `v1.2.3`. */
  readonly version: string;
  /** The address of the project's page. */
  readonly homepage: string;
  /** A file's address is `<baseUrl>/download/v<version>/<file>`, as GitHub has it below `…/releases`. */
  readonly baseUrl: string;
  /** The SHA-256 of each file in hexadecimal, by its name. */
  readonly checksums: ReadonlyMap<string, string>;
}

/** The address of one file of a release. */
export function downloadUrl({ baseUrl, version }: Pick<Release, "baseUrl" | "version">, file: string): string {
  return `${baseUrl.replace(/\/+$/, "")}/download/v${version}/${file}`;
}

/** The checksum of one file. Throws when the release has no such file. */
export function checksumOf({ checksums }: Pick<Release, "checksums">, file: string): string {
  const checksum = checksums.get(file);
  if (checksum === undefined) throw new Error(`the release has no file "${file}"`);
  return checksum;
}
