/**
 * All texts in one automaton (Aho and Corasick): it reads byte after byte and knows at each which text ends there, and how
 * far back one may have begun that is not over yet. About 20 bytes of memory for each byte of the texts.
 */

/** The automaton. A state is a number; 0 is the beginning, in which no text has begun. */
export interface Automaton {
  /** The state behind one more byte. */
  readonly step: (state: number, byte: number) => number;
  /** For each state: how many of the last bytes may be the beginning of a text. */
  readonly depth: Uint16Array;
  /** For each state: how long the longest text is that ends here; 0 when none does. */
  readonly matchBytes: Uint16Array;
}

/** The longest text there may be. */
export const maxTextBytes = 1024;

/** Makes the automaton of texts of 1 to `maxTextBytes` bytes. */
export function createAutomaton(texts: readonly Uint8Array[]): Automaton {
  const size = texts.reduce((sum, { length }) => sum + length, 1);
  const trie: Trie = {
    firstChild: new Int32Array(size),
    nextSibling: new Int32Array(size),
    byteOf: new Uint8Array(size),
    depth: new Uint16Array(size),
    matchBytes: new Uint16Array(size),
    fallback: new Int32Array(size),
    count: 1,
  };
  for (const text of texts) addText(trie, text);
  const fromStart = new Int32Array(256);
  for (let child = trie.firstChild[0]!; child !== 0; child = trie.nextSibling[child]!) {
    fromStart[trie.byteOf[child]!] = child;
  }
  const { firstChild, nextSibling, byteOf, fallback } = trie;
  const step = (from: number, byte: number): number => {
    for (let state = from; state !== 0; state = fallback[state]!) {
      for (let child = firstChild[state]!; child !== 0; child = nextSibling[child]!) {
        if (byteOf[child] === byte) return child;
      }
    }
    return fromStart[byte]!;
  };
  linkFallbacks(trie, step);
  return { step, depth: trie.depth, matchBytes: trie.matchBytes };
}

/** A tree of bytes in arrays; 0 is its root, and stands for "none" in every link. */
interface Trie {
  readonly firstChild: Int32Array;
  readonly nextSibling: Int32Array;
  readonly byteOf: Uint8Array;
  readonly depth: Uint16Array;
  readonly matchBytes: Uint16Array;
  /** Where the longest end of a state's bytes leads that is itself the beginning of a text. */
  readonly fallback: Int32Array;
  count: number;
}

function addText(trie: Trie, text: Uint8Array): void {
  const { firstChild, nextSibling, byteOf, depth } = trie;
  let state = 0;
  for (const byte of text) {
    let child = firstChild[state]!;
    while (child !== 0 && byteOf[child] !== byte) child = nextSibling[child]!;
    if (child === 0) {
      child = trie.count++;
      byteOf[child] = byte;
      depth[child] = depth[state]! + 1;
      nextSibling[child] = firstChild[state]!;
      firstChild[state] = child;
    }
    state = child;
  }
  trie.matchBytes[state] = text.length;
}

// Breadth first, since a fallback is always nearer to the root. What ends at it ends here too.
function linkFallbacks(trie: Trie, step: Automaton["step"]): void {
  const { firstChild, nextSibling, byteOf, matchBytes, fallback } = trie;
  const queue = new Int32Array(trie.count);
  let end = 1;
  for (let head = 0; head < end; head++) {
    const state = queue[head]!;
    for (let child = firstChild[state]!; child !== 0; child = nextSibling[child]!) {
      queue[end++] = child;
      fallback[child] = state === 0 ? 0 : step(fallback[state]!, byteOf[child]!);
      if (matchBytes[child] === 0) matchBytes[child] = matchBytes[fallback[child]!]!;
    }
  }
}
