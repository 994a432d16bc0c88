import type { ExportItem } from "./export-entries.ts";
import { exportName, toVariableName } from "./export-names.ts";

/** A value of a listing. */
export interface BelowValue {
  readonly prefix: string;
  readonly path: string;
  /** What of the path lies below the one that was listed. */
  readonly below: string;
  readonly value: Uint8Array;
}

/**
 * Values below a path as variables: `db/password` is `DB_PASSWORD`, and the keys of an object stand behind its name,
 * `DB__PASSWORD`. Throws CM_USAGE for one that leaves no name.
 */
export function belowItems(values: readonly BelowValue[]): readonly ExportItem[] {
  return values.map(({ prefix, path, below, value }) => {
    const reference = {
      text: `${prefix}://${path}`,
      prefix,
      path,
      keyPath: undefined,
      metadata: new Map<string, string>(),
      rawMetadata: "",
      defaultText: undefined,
      transforms: [],
    };
    return { reference, baseName: toVariableName(below) || exportName(reference), value };
  });
}
