import { prefixOfPluginName } from "../../host/index.ts";
import { ConfigManagerError } from "../../internal/errors/errors.ts";

/** A plugin's name, as in its files and folders, and the prefix of its tokens. */
export interface PluginName {
  readonly name: string;
  readonly prefix: string;
}

/** The name of a plugin, given in lower case or as the prefix in upper case. Throws CM_USAGE for what can be neither. */
export function parsePluginName(text: string): PluginName {
  const name = text === text.toUpperCase() ? text.toLowerCase() : text;
  const prefix = prefixOfPluginName(name);
  if (prefix !== undefined) return { name, prefix };
  const near = nearName(text);
  throw new ConfigManagerError("CM_USAGE", `"${text}" cannot be the name of a plugin`, {
    hint: `a name begins with a letter and is made of a-z, 0-9 and _${near === undefined ? "" : `: write ${near}`}`,
  });
}

// Of a path the last part: a folder is named by --dir.
function nearName(text: string): string | undefined {
  const near = text
    .replace(/:\/\/.*$/, "")
    .replace(/[/\\]+$/, "")
    .replace(/^.*[/\\]/, "")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "");
  return prefixOfPluginName(near) === undefined ? undefined : near;
}
