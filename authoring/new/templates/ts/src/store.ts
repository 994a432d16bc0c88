import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { badRequest, failed, notFound, type Store } from "configmanager/plugin";
import manifest from "../package.json" with { type: "json" };

/**
 * An example, to be replaced by your store: the values of a JSON file, each with all of its versions, the oldest first:
 * `{ "greeting": ["hello", "hello again"] }`. The file is `values.json` of the folder that configmanager runs in, or the one
 * that the variable `__PREFIX___FILE` names.
 */
export const store: Store = {
  prefix: "__PREFIX__",
  version: manifest.version,
  summary: "values of a JSON file",
  pathForm: "<name>",
  metadataKeys: { version: "which version, from 1; the newest by default" },
  async value({ path, metadata: { version } }, { env, cwd, signal }) {
    const values = await readValues(resolve(cwd, env.__PREFIX___FILE ?? "values.json"), signal);
    const versions = values.get(path);
    if (versions === undefined) return notFound(path);
    if (version !== undefined && !/^[1-9]\d*$/.test(version)) {
      return badRequest(`"${version}" is no version`, { hint: "write a whole number from 1" });
    }
    const number = version === undefined ? versions.length : Number(version);
    const data = versions[number - 1];
    return data === undefined ? notFound(`${path}, version ${number}`) : { data, version: String(number) };
  },
};

// No message holds anything of the file, not even the parser's, which quotes what it cannot read: those are secrets.
async function readValues(file: string, signal: AbortSignal): Promise<Map<string, readonly string[]>> {
  const text = await readFile(file, { encoding: "utf8", signal }).catch((error: NodeJS.ErrnoException) => {
    throw failed(`"${file}" cannot be read (${error.code})`, { hint: "name the file in the variable __PREFIX___FILE" });
  });
  const entries = parseEntries(text);
  if (!entries.every(isVersions)) throw failed(`"${file}" is no JSON object of lists of texts`);
  return new Map(entries);
}

function parseEntries(text: string): (readonly [string, unknown])[] {
  try {
    return Object.entries(JSON.parse(text));
  } catch {
    return [["", undefined]];
  }
}

function isVersions(entry: readonly [string, unknown]): entry is readonly [string, readonly string[]] {
  return Array.isArray(entry[1]) && entry[1].every((version) => typeof version === "string");
}
