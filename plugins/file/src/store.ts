import { badRequest, type Store } from "configmanager/plugin";
import manifest from "../package.json" with { type: "json" };
import { locateFile, rootOf } from "./address.ts";
import { listFiles } from "./list-files.ts";
import { putFile } from "./put-file.ts";
import { readValue } from "./read-value.ts";

/** Files of the working directory, or of the folder that the option `root` names. */
export const fileStore: Store = {
  prefix: "FILE",
  version: manifest.version,
  summary: "files: YAML, TOML and .env as JSON for key paths, any other as its bytes",
  pathForm: "<path/to/file>",
  // What stands behind the | of a token comes as this when a value is written; nobody writes it.
  metadataKeys: { key: "for writing: where in the document, a JSON array of keys" },
  optionKeys: { root: "the folder that paths begin in and may not leave; the working directory unless set" },
  configure({ root }) {
    if (typeof root === "string" && root !== "" && !root.includes("\0")) return undefined;
    return badRequest('option "root" is not the path of a folder');
  },
  async value({ path, metadata }, context) {
    refuseKey(metadata);
    return readValue(await locateFile(path, rootOf(context)), path, context.signal);
  },
  put: putFile,
  async *list(request, context) {
    refuseKey(request.metadata);
    yield* listFiles(request, context);
  },
};

function refuseKey(metadata: Readonly<Record<string, string>>): void {
  if (metadata["key"] === undefined) return;
  throw badRequest('metadata key "key" is for writing', { hint: "put the key path behind | instead" });
}
