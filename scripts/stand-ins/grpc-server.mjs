/**
 * What a plugin uses of grpc-js: a server on a unix socket or a TCP port. Imported in place of `@grpc/grpc-js`, whose
 * main file loads every client, balancer and resolver there is.
 */
import { setup as setUpIpTargets } from "@grpc/grpc-js/build/src/resolver-ip.js";
import { setup as setUpUnixTargets } from "@grpc/grpc-js/build/src/resolver-uds.js";

export { Status as status } from "@grpc/grpc-js/build/src/constants.js";
export { Metadata } from "@grpc/grpc-js/build/src/metadata.js";
export { ServerCredentials } from "@grpc/grpc-js/build/src/server-credentials.js";
export { Server } from "@grpc/grpc-js/build/src/server.js";

/** Named by what hosts alone call. */
export const ChannelCredentials = undefined;

setUpIpTargets();
setUpUnixTargets();
