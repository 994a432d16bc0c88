import type { ExportEntry } from "../../internal/write/export-entries.ts";

/** A variable, for tests of how variables are written. */
export function entryOf(name: string, value: string | Buffer, isBare = false): ExportEntry {
  return {
    name,
    value: Buffer.from(value as string),
    isBare,
    reference: {
      text: `VAULT://${name}`,
      prefix: "VAULT",
      path: name,
      keyPath: undefined,
      metadata: new Map(),
      rawMetadata: "",
      defaultText: undefined,
      transforms: [],
    },
  };
}
