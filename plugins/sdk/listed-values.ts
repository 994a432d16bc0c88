import { StoreError } from "./errors.ts";
import { type Outcome, toOutcome } from "./outcome.ts";
import type { StoreSession } from "./store-session.ts";

/** A `ListValuesRequest`. */
export interface ListFields {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly recursive: boolean;
}

/** A value as the host gets it, under its path. */
export interface ListedOutcome {
  readonly path: string;
  readonly value: Extract<Outcome, { ok: true }>;
}

/** The values of a listing as the store yields them. Throws what the store does, the error of a value, and `unsupported`. */
export async function* listedValues(
  session: StoreSession,
  { path, recursive, metadata }: ListFields,
  signal: AbortSignal,
): AsyncGenerator<ListedOutcome, void, undefined> {
  const { store } = session;
  if (store.list === undefined) throw new StoreError("unsupported", `${store.prefix} cannot list values`);
  const obstacle = await session.obstacle();
  if (obstacle !== undefined) throw obstacle;
  const request = { path, recursive, metadata: session.matchMetadata(Object.entries(metadata)) };
  for await (const listed of store.list(request, session.context(signal))) {
    const outcome = toOutcome(listed.value, "list()");
    if (!outcome.ok) throw outcome.error;
    yield { path: listed.path, value: outcome };
  }
}
