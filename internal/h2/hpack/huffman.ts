/**
 * Decoding of HPACK's Huffman code (RFC 7541, section 5.2 and appendix B). Nothing here encodes: between two processes of
 * one machine the bytes that it saves are worth less than the time that it takes.
 */

/**
 * The decoded text, one character for each byte; undefined for what is no such code: a code of more than 7 bits at the end
 * that is not finished, padding that is not all ones, the code of the end of the string.
 */
export function decodeHuffman(bytes: Buffer, start: number, end: number): string | undefined {
  children ??= buildTree();
  // No code is shorter than 5 bits.
  const text = Buffer.allocUnsafe(Math.ceil(((end - start) * 8) / 5));
  let length = 0;
  let node = 0;
  let depth = 0;
  let isOnes = true;
  for (let offset = start; offset < end; offset++) {
    const byte = bytes[offset]!;
    for (let bit = 7; bit >= 0; bit--) {
      const one = (byte >> bit) & 1;
      node = children[node * 2 + one]!;
      depth++;
      if (one === 0) isOnes = false;
      if (node >= 0) continue;
      const symbol = ~node;
      if (symbol === endOfString) return undefined;
      text[length++] = symbol;
      node = 0;
      depth = 0;
      isOnes = true;
    }
  }
  return depth > 7 || !isOnes ? undefined : text.toString("latin1", 0, length);
}

const endOfString = 256;

/** How many bits the code of each symbol has, as digits in base 36; the code is canonical, so this says all. */
const codeLengths =
  "dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6cad67777777777777777777777878djde6f56565666577666567655677777fbedskmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmnqqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrqu";

// Two for each node, for a 0 and a 1: another node, or the complement of a symbol. Made when a peer sends such a text first.
let children: Int16Array | undefined;

function buildTree(): Int16Array {
  const lengths = [...codeLengths].map((digit) => Number.parseInt(digit, 36));
  const symbols = lengths.map((_, symbol) => symbol).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const tree = new Int16Array(2 * symbols.length);
  let nodes = 1;
  let code = 0;
  let previous = 0;
  for (const symbol of symbols) {
    const length = lengths[symbol]!;
    if (previous > 0) code = (code + 1) * 2 ** (length - previous);
    previous = length;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const at = node * 2 + (Math.floor(code / 2 ** bit) % 2);
      if (tree[at] === 0) tree[at] = nodes++;
      node = tree[at]!;
    }
    tree[node * 2 + (code % 2)] = ~symbol;
  }
  return tree;
}
