/** The gRPC status code that a failed call carries; undefined for any other thing thrown. */
export function grpcStatusOf(error: unknown): number | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "number" ? error.code : undefined;
}
