import { StoreError } from "./errors.ts";
import type { StoreSession } from "./store-session.ts";

/** A `PutValueRequest`. */
export interface PutFields {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly data: Uint8Array;
  readonly createOnly: boolean;
}

/** Writes a value and returns its version, empty when the store has none. Throws what the store does, and `unsupported`. */
export async function putValue(session: StoreSession, fields: PutFields, signal: AbortSignal): Promise<string> {
  const { store } = session;
  if (store.put === undefined) throw new StoreError("unsupported", `${store.prefix} cannot write values`);
  const obstacle = await session.obstacle();
  if (obstacle !== undefined) throw obstacle;
  const { path, data, createOnly } = fields;
  const metadata = session.matchMetadata(Object.entries(fields.metadata));
  const written = await store.put({ path, metadata, data, createOnly }, session.context(signal));
  if (written instanceof Error) throw written;
  return written?.version ?? "";
}
