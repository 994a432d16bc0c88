import type { AwsService } from "./services.ts";
import { type AwsAsked, toAwsStoreError } from "./to-store-error.ts";

/** One page of a listing, and the token of the next one. */
export interface AwsPage<Item> {
  readonly items: readonly Item[];
  /** None, or empty, for the last. */
  readonly nextToken: string | undefined;
}

/** The items of a listing, page by page, each page tried again by itself. Throws as a read does; `action` is `listed` unless set. */
export async function* listAwsPages<Client, Item>(
  service: AwsService<Client>,
  listed: Omit<AwsAsked, "region" | "host">,
  askPage: (client: Client, nextToken: string | undefined, signal: AbortSignal) => Promise<AwsPage<Item>>,
  signal: AbortSignal,
): AsyncGenerator<readonly Item[], void, undefined> {
  let nextToken: string | undefined;
  do {
    const token = nextToken;
    let page: AwsPage<Item>;
    try {
      page = await service.call((client, attempt) => askPage(client, token, attempt), signal);
    } catch (error) {
      signal.throwIfAborted();
      throw toAwsStoreError(error, { action: "listed", ...listed, region: service.region, host: service.host() });
    }
    yield page.items;
    ({ nextToken } = page);
  } while (nextToken !== undefined && nextToken !== "");
}
