import type { Metafile } from "esbuild";

export declare function thirdPartyNotices(
  metafiles: readonly Pick<Metafile, "inputs">[],
  root: string,
): Promise<string>;
