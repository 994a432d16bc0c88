/**
 * Leaves out of a bundle what a gRPC client over one connection never uses: servers, credentials of servers, weighted and
 * outlier-detecting load balancers, the experimental exports. It is a third of grpc-js, and compiling it is time that
 * every run of the program would pay for.
 */
const unused = [
  "admin",
  "certificate-provider",
  "experimental",
  "load-balancer-outlier-detection",
  "load-balancer-round-robin",
  "load-balancer-weighted-round-robin",
  "orca",
  "server",
  "server-call",
  "server-credentials",
  "server-interceptors",
];

/** @type {import("esbuild").Plugin} */
export const clientOnlyGrpc = {
  name: "client-only gRPC",
  setup(bundle) {
    const filter = new RegExp(`@grpc[/\\\\]grpc-js[/\\\\]build[/\\\\]src[/\\\\](${unused.join("|")})\\.js$`);
    // What grpc-js calls while it is loaded; the rest it takes when it is asked for.
    bundle.onLoad({ filter }, () => ({ contents: "exports.setup = exports.registerAdminService = () => {};" }));
  },
};
