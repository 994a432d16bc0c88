import type { CallStatus, Trailers } from "./status.ts";

/** A call that did not end with OK, as an error to be thrown. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly code: number;
  readonly details: string;
  readonly trailers: Trailers | undefined;

  constructor({ code, details, trailers }: CallStatus) {
    super(`the call ended with status ${code}: ${details}`);
    this.code = code;
    this.details = details;
    this.trailers = trailers;
  }
}
