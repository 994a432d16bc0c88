/** Names before a separator that are no prefix and look as if they were meant to be one. */
import { nearestWord } from "../errors/nearest.ts";
import { isPrefix, sevenStores } from "./prefixes.ts";
import type { CompiledSyntax } from "./syntax.ts";
import type { ScanWarning } from "./token.ts";
import { isWordByte } from "./utf8.ts";

/**
 * Looks at the word before a separator. Warns about a name that is not known when it ends in one of the seven stores,
 * which is where its token begins, and when a known prefix is near.
 *
 * The word is looked back over for at most 64 bytes, and near prefixes are sought for the first 1,000 distinct names,
 * so that no input is slow.
 */
export type UnknownPrefixFinder = (bytes: Buffer, separatorAt: number) => ScanWarning | undefined;

/** A finder for one scan: what it found out about a name is kept. */
export function createUnknownPrefixFinder({ prefixes, separatorText }: CompiledSyntax): UnknownPrefixFinder {
  const adviceByName = new Map<string, Advice | undefined>();
  const adviceFor = (name: string, isWhole: boolean): Advice | undefined => {
    if (prefixes.has(name)) return undefined;
    const shown = isWhole ? name : `…${name}`;
    const store = sevenStores.find((prefix) => name.endsWith(prefix));
    if (store === undefined && !isWhole) return undefined;
    const near = isWhole && adviceByName.size < maxNames ? nearestOther(name, prefixes, store) : undefined;
    const rename = near === undefined ? undefined : `did you mean "${near}"?`;
    if (store !== undefined) {
      return {
        message: `"${shown}" is no known prefix, a token begins at its end with "${store}${separatorText}"`,
        hint: rename ?? `configure a store "${shown}" if you meant one`,
      };
    }
    return rename === undefined
      ? undefined
      : { message: `"${shown}" is no known prefix, so "${shown}${separatorText}" is plain text`, hint: rename };
  };
  return (bytes, separatorAt) => {
    const start = nameStart(bytes, separatorAt);
    if (start === -1) return undefined;
    const name = bytes.toString("latin1", start, separatorAt);
    const isWhole = start === 0 || !isWordByte(bytes[start - 1]!);
    // What is left of a longer word is a name as far as it goes.
    if (isWhole && !isPrefix(name)) return undefined;
    const key = isWhole ? name : `…${name}`;
    if (!adviceByName.has(key) && adviceByName.size < maxNames) adviceByName.set(key, adviceFor(name, isWhole));
    const advice = adviceByName.has(key) ? adviceByName.get(key) : adviceFor(name, isWhole);
    return advice === undefined ? undefined : { start, end: separatorAt, ...advice };
  };
}

interface Advice {
  readonly message: string;
  readonly hint: string;
}

/** How far a word is looked back over. */
export const maxNameBytes = 64;

/** For how many distinct words near prefixes are sought. */
export const maxNames = 1_000;

/** Where the word that ends here begins, or its last 64 bytes; -1 when it is empty or holds a lower-case letter there. */
export function nameStart(bytes: Uint8Array, end: number): number {
  const limit = Math.max(0, end - maxNameBytes);
  let at = end;
  while (at > limit && isWordByte(bytes[at - 1]!)) {
    if (bytes[at - 1]! >= 0x61) return -1;
    at--;
  }
  return at === end ? -1 : at;
}

// A name that ends in a store is not told that it is near that store.
function nearestOther(name: string, prefixes: ReadonlySet<string>, store: string | undefined): string | undefined {
  const near = nearestWord(name, prefixes);
  return near === store ? undefined : near;
}
