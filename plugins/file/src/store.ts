import { resolve } from "node:path";
import { badRequest, type Store } from "configmanager/plugin";
import manifest from "../package.json" with { type: "json" };
import { formatOf, locateFile } from "./address.ts";
import { readRegularFile } from "./read-file.ts";
import { toJson } from "./to-json.ts";

/** Files of the working directory, or of the folder that the option `root` names. */
export const fileStore: Store = {
  prefix: "FILE",
  version: manifest.version,
  summary: "files: YAML, TOML and .env as JSON for key paths, any other as its bytes",
  pathForm: "<path/to/file>",
  optionKeys: { root: "the folder that paths begin in and may not leave; the working directory unless set" },
  configure({ root }) {
    if (typeof root === "string" && root !== "" && !root.includes("\0")) return undefined;
    return badRequest('option "root" is not the path of a folder');
  },
  async value({ path }, { signal, cwd, options }) {
    const root = resolve(cwd, typeof options["root"] === "string" ? options["root"] : "");
    const file = await locateFile(path, root);
    const bytes = await readRegularFile(file, path, signal);
    const format = formatOf(path);
    return format === "bytes" ? bytes : toJson(bytes, format);
  },
};
