// Stands in for @grpc/proto-loader, see ../bundle-options.mjs.
export function loadSync() {
  throw new Error("channelz is not part of this bundle");
}
