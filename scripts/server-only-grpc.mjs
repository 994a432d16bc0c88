/**
 * Leaves out of a plugin's bundle what a gRPC server never uses: clients, balancers, DNS, channelz's own service. It is
 * two thirds of grpc-js, and compiling it is time that every start of a plugin would pay for.
 */
import { fileURLToPath } from "node:url";

const standIn = fileURLToPath(new URL("./stand-ins/grpc-server.mjs", import.meta.url));

/** What the server asks for while it is loaded and calls only for services that nobody here serves. */
const unused = ["admin", "make-client", "orca"];

/** @type {import("esbuild").Plugin} */
export const serverOnlyGrpc = {
  name: "server-only gRPC",
  setup(bundle) {
    bundle.onResolve({ filter: /^@grpc\/grpc-js$/ }, () => ({ path: standIn }));
    const files = new RegExp(`@grpc[/\\\\]grpc-js[/\\\\]build[/\\\\]src[/\\\\](${unused.join("|")})\\.js$`);
    bundle.onLoad({ filter: files }, () => ({ contents: "exports.PerRequestMetricRecorder = class {};" }));
    // Only a compressed message needs it, and Node takes a millisecond to load it.
    bundle.onResolve({ filter: /^zlib$/ }, ({ importer }) =>
      /@grpc[/\\]grpc-js[/\\]/.test(importer) ? { path: "zlib", namespace: "when-asked" } : undefined,
    );
    bundle.onLoad({ filter: /.*/, namespace: "when-asked" }, () => ({
      contents: `
        const load = () => require("node:zlib");
        exports.createInflate = (...args) => load().createInflate(...args);
        exports.createGunzip = (...args) => load().createGunzip(...args);`,
    }));
  },
};
