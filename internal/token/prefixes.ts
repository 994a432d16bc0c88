import { isWordByte } from "./utf8.ts";

/** The stores that configmanager v3 knows. One of these can begin a token anywhere, also in the middle of a word. */
export const sevenStores: readonly string[] = [
  "AWSSECRETS",
  "AWSPARAMSTR",
  "AZKVSECRET",
  "AZTABLESTORE",
  "AZAPPCONF",
  "GCPSECRETS",
  "VAULT",
];

/** The prefixes that are known without any configuration or plugin: the seven stores, `ENV`, `FILE`, `LOCAL`, `EXEC`. */
export const builtInPrefixes: readonly string[] = [...sevenStores, "ENV", "FILE", "LOCAL", "EXEC"];

/** True for text that can be a prefix: `[A-Z][A-Z0-9_]*`. */
export function isPrefix(text: string): boolean {
  return /^[A-Z][A-Z0-9_]*$/.test(text);
}

/** The prefix of a plugin's folder: the upper case of `[a-z][a-z0-9_]*`; undefined for other names, which are ignored. */
export function prefixOfPluginName(name: string): string | undefined {
  return /^[a-z][a-z0-9_]*$/.test(name) ? name.toUpperCase() : undefined;
}

/** Looks back from a separator for the longest known prefix that ends there and begins at `floor` or later. */
export type PrefixFinder = (bytes: Uint8Array, separatorAt: number, floor: number) => string | undefined;

/**
 * A finder for these prefixes; one of the seven is found anywhere, the others where no `[A-Za-z0-9_]` stands before.
 * What cannot be a prefix is ignored.
 */
export function createPrefixFinder(prefixes: Iterable<string>): PrefixFinder {
  const { next, prefixAt, isAnywhereAt } = createTrie([...prefixes].filter(isPrefix));
  return (bytes, separatorAt, floor) => {
    let node = 0;
    let longest: string | undefined;
    for (let at = separatorAt - 1; at >= floor; at--) {
      const letter = bytes[at]! - firstLetter;
      if (letter < 0 || letter >= letters) break;
      node = next[node * letters + letter]!;
      if (node === 0) break;
      const prefix = prefixAt[node];
      if (prefix !== undefined && (isAnywhereAt[node] === 1 || at === 0 || !isWordByte(bytes[at - 1]!))) {
        longest = prefix;
      }
    }
    return longest;
  };
}

// Prefixes spelled backwards, so that one walk back over the word meets every prefix that ends at the separator. Node 0
// is the root and, as no node leads back to it, also says that there is none.
interface Trie {
  readonly next: Uint32Array;
  readonly prefixAt: readonly (string | undefined)[];
  readonly isAnywhereAt: Uint8Array;
}

// From `0` to `_`, which holds everything that a prefix is made of.
const firstLetter = 0x30;
const letters = 0x30;

function createTrie(prefixes: readonly string[]): Trie {
  const maxNodes = prefixes.reduce((sum, prefix) => sum + prefix.length, 1);
  const next = new Uint32Array(maxNodes * letters);
  const prefixAt: (string | undefined)[] = [undefined];
  const isAnywhereAt = new Uint8Array(maxNodes);
  for (const prefix of prefixes) {
    let node = 0;
    for (let at = prefix.length - 1; at >= 0; at--) {
      const slot = node * letters + prefix.charCodeAt(at) - firstLetter;
      if (next[slot] === 0) next[slot] = prefixAt.push(undefined) - 1;
      node = next[slot]!;
    }
    prefixAt[node] = prefix;
    isAnywhereAt[node] = sevenStores.includes(prefix) ? 1 : 0;
  }
  return { next, prefixAt, isAnywhereAt };
}
