/**
 * What every bundle of this project has in common.
 *
 * grpc-js, by which `plugin test` speaks to a plugin, needs `@grpc/proto-loader` (and with it protobufjs) only for channelz,
 * which nobody here serves: an empty stand-in keeps 300 kB out of the bundle.
 */
import { fileURLToPath } from "node:url";

/** @type {import("esbuild").BuildOptions} */
export const bundleOptions = {
  bundle: true,
  platform: "node",
  target: "node20.19",
  conditions: ["configmanager-source"],
  alias: { "@grpc/proto-loader": fileURLToPath(new URL("./stand-ins/proto-loader.mjs", import.meta.url)) },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
};
