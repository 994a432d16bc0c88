import type { GrpcClient } from "../internal/goplugin/grpc/client.ts";
import type { CallStatus } from "../internal/goplugin/grpc/status.ts";

/** How a unary call ended: its status, and the answer's bytes when that is OK. */
export interface UnaryEnd extends CallStatus {
  readonly message: Buffer | undefined;
}

/** A call that can be taken back; `done` is called all the same. */
export interface UnaryCall {
  readonly cancel: () => void;
}

/** Makes one unary call of bytes, without a promise: a run makes thousands. `done` is called once, and not before this returns. */
export function callUnary(
  client: GrpcClient,
  method: string,
  request: Buffer,
  deadlineMs: number,
  done: (end: UnaryEnd) => void,
): UnaryCall {
  let message: Buffer | undefined;
  const call = client.call(
    method,
    { deadlineMs },
    {
      onMessage: (bytes) => (message = bytes),
      onEnd: ({ code, details, trailers }) => done({ code, details, trailers, message }),
    },
  );
  call.end(request);
  return call;
}
