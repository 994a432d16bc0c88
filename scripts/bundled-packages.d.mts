import type { Metafile } from "esbuild";

/** A package that is part of a bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, without brackets around the whole. */
  readonly license: string;
  /** The files `LICENSE` and `NOTICE` of the package, where it has them. */
  readonly texts: readonly string[];
}

export declare function bundledPackages(
  metafiles: readonly Pick<Metafile, "inputs">[],
  root: string,
): Promise<BundledPackage[]>;
