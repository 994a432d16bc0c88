/** The two metadata keys that are the host's own, `default` and `as`, taken out of what a plugin is handed. */
import { nearestWord } from "../errors/nearest.ts";
import type { MetadataFault, MetadataPair } from "./metadata.ts";
import { type Transform, transformNames } from "./token.ts";

/** Metadata as a token reference holds it. */
export interface SplitMetadata {
  readonly metadata: ReadonlyMap<string, string>;
  readonly rawMetadata: string;
  readonly defaultText: string | undefined;
  readonly transforms: readonly Transform[];
}

/**
 * Splits pairs into the host's and the plugin's, or returns the fault of an `as` that names no change. Both keys are
 * matched ignoring case, as all of metadata is; the changes of `as` are spelled exactly.
 */
export function splitHostKeys(pairs: readonly MetadataPair[]): SplitMetadata | MetadataFault {
  if (pairs.length === 0) return noMetadata;
  const metadata = new Map<string, string>();
  const raw: string[] = [];
  let defaultText: string | undefined;
  let transforms: readonly Transform[] = [];
  for (const pair of pairs) {
    const key = pair.key.toLowerCase();
    if (key === "default") {
      defaultText = pair.value;
    } else if (key === "as") {
      const names = pair.value.split("+");
      const unknown = names.find((name) => !isTransform(name));
      if (unknown !== undefined) return faultOfTransform(pair, unknown);
      transforms = names.filter(isTransform);
    } else {
      metadata.set(pair.key, pair.value);
      raw.push(pair.raw);
    }
  }
  return { metadata, rawMetadata: raw.join(","), defaultText, transforms };
}

const noMetadata: SplitMetadata = { metadata: new Map(), rawMetadata: "", defaultText: undefined, transforms: [] };

function isTransform(name: string): name is Transform {
  return (transformNames as readonly string[]).includes(name);
}

function faultOfTransform({ valueStart, valueEnd }: MetadataPair, unknown: string): MetadataFault {
  const quoted = unknown.length > 60 ? `${unknown.slice(0, 60)}…` : unknown;
  const nearest = unknown.length > 60 ? undefined : nearestWord(unknown, transformNames);
  const known = `use ${transformNames.map((name) => `"${name}"`).join(", ")}, or several joined with "+"`;
  return {
    start: valueStart,
    end: valueEnd,
    message: `metadata "as" names the unknown change "${quoted}"`,
    hint: nearest === undefined ? known : `did you mean "${nearest}"? ${known}`,
  };
}
