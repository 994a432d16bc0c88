import { Metadata } from "@grpc/grpc-js";
import { hintTrailer } from "../../internal/goplugin/constants.ts";
import { toWireError } from "./wire-error.ts";

/** What a call of app protocol 2 ends with that has no message of its own for errors; the hint travels as a trailer. */
export interface CallStatus {
  readonly code: number;
  readonly details: string;
  readonly metadata?: Metadata;
}

/** The status that tells the host of something that was thrown. */
export function toCallStatus(error: unknown): CallStatus {
  const { code, message, hint } = toWireError(error);
  if (hint === "") return { code, details: message };
  const metadata = new Metadata();
  metadata.set(hintTrailer, Buffer.from(hint));
  return { code, details: message, metadata };
}
