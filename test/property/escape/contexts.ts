import type { EscapeContext } from "./context.ts";
import { dotenvContexts } from "./dotenv.ts";
import { jsonContexts } from "./json.ts";
import { propertiesContexts } from "./properties.ts";
import { tomlContexts } from "./toml.ts";
import { xmlContexts } from "./xml.ts";
import { yamlContexts } from "./yaml.ts";

/** Every context but those of shells, which are read many at once. */
export const contexts: readonly EscapeContext[] = [
  ...jsonContexts,
  ...yamlContexts,
  ...tomlContexts,
  ...xmlContexts,
  ...propertiesContexts,
  ...dotenvContexts,
];
