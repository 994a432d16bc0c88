import type { Metafile } from "esbuild";

export declare function buildPlugins(options: {
  readonly outDir: string;
  readonly placeIn?: string;
}): Promise<Metafile[]>;
export declare function buildPlugin(entryPoint: string, outFile: string): Promise<Metafile>;
export declare function placePlugin(file: string, prefix: string, pluginsDir: string): Promise<string>;
export declare function placeOfPlugin(prefix: string, pluginsDir: string): string;
