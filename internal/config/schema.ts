import { membersKind, prefixPattern, settingSpecs, storeKeySpecs } from "./settings-table.ts";
import type { JsonSchema } from "./value-kinds.ts";

/** The JSON Schema (draft 07) of the configuration file; `config.schema.json` is this, and a test compares them. */
export function configSchema(): JsonSchema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "configmanager configuration (.configmanager/config.yaml)",
    type: ["object", "null"],
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(
        settingSpecs.map(({ name, kind, summary }) => [name, { description: capitalized(summary), ...kind.schema }]),
      ),
      stores: {
        description: "Stores by prefix; a nearer file's entry replaces a farther one's as a whole.",
        type: ["object", "null"],
        propertyNames: { pattern: prefixPattern },
        additionalProperties: {
          oneOf: [
            {
              description: "Several stores in order; the first that has the value wins.",
              ...membersKind.schema,
              minItems: 1,
            },
            {
              type: ["object", "null"],
              additionalProperties: false,
              not: { type: "object", required: ["plugin", "path"], properties: { plugin: true, path: true } },
              properties: Object.fromEntries(
                storeKeySpecs.map(({ name, kind, summary }) => [name, { description: summary, ...kind.schema }]),
              ),
            },
          ],
        },
      },
    },
  };
}

function capitalized(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}
