import { tableStorage } from "@configmanager-plugins/azure";
import { goErrorTexts, retrievalFailed, type Store } from "configmanager/plugin";
import manifest from "../package.json" with { type: "json" };
import { entityAddress } from "./address.ts";
import type { EntityReader } from "./client.ts";
import { entityValue } from "./entity.ts";

let reader: EntityReader | undefined;

/** Entities of Azure Table Storage: their property `value`, or all of them as JSON. */
export const tableStore: Store = {
  prefix: "AZTABLESTORE",
  version: manifest.version,
  summary: "Azure Table Storage: an entity's property value, or the entity as JSON",
  pathForm: tableStorage.pathForm,
  metadataKeys: { format: "taken for the sake of older files; changes nothing" },
  async setUp(context) {
    const { createEntityReader } = await import("./client.ts");
    reader = createEntityReader(context);
  },
  async value({ path }, { signal, log }) {
    const address = entityAddress(path);
    try {
      const { body, etag } = await reader!.read(address, signal);
      const data = entityValue(body);
      if (body === "") log.warn(goErrorTexts.emptyResponse, { path });
      return { data, version: etag };
    } catch (error) {
      signal.throwIfAborted();
      throw retrievalFailed(error);
    }
  },
  tearDown: () => reader?.close(),
};
