import type { MethodHandler } from "./grpc/server-call.ts";

/** What answers the calls of a service, by the path of each method. */
export type ServiceMethods = Readonly<Record<`/${string}/${string}`, MethodHandler>>;
