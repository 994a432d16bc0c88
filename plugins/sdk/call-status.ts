import { hintTrailer } from "../../internal/goplugin/constants.ts";
import type { CallStatus } from "../../internal/goplugin/grpc/status.ts";
import { toWireError } from "./wire-error.ts";

/** The status that tells the host of something that was thrown; the hint travels as a trailer. */
export function toCallStatus(error: unknown): CallStatus {
  const { code, message, hint } = toWireError(error);
  if (hint === "") return { code, details: message };
  return { code, details: message, trailers: { [hintTrailer]: Buffer.from(hint) } };
}
