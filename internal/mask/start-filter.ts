/**
 * Passes quickly over bytes at which no text begins. It looks at three or four bytes in every so many, which would lie within
 * a text's first bytes wherever one began since the last look. A table says whether they do in any text; each look is
 * independent of the one before, so that a processor has several under way.
 */

/** The filter of some texts. */
export interface StartFilter {
  /** How many bytes have to be there, from a place on, for the filter to judge it. */
  readonly windowBytes: number;
  /**
   * The next place from `from` on at which a text may begin, or the first one that is too near to the end to be judged. The
   * view is over all of the bytes.
   */
  readonly next: (view: DataView, from: number) => number;
}

/** With more, there is more to know by heart, and the table grows out of the processor's cache. */
const maxStride = 8;
/** A multiplier that spreads the bits well: 2^32 divided by the golden ratio. */
const spread = 0x9e3779b1;

/** Makes the filter of texts of at least four bytes. */
export function createStartFilter(texts: readonly Uint8Array[]): StartFilter {
  const shortest = texts.reduce((least, { length }) => Math.min(least, length), Infinity);
  // Fewer bytes are less telling, but can be looked at less often in short texts.
  const lookBytes = shortest < 6 ? 3 : 4;
  const stride = Math.min(maxStride, shortest - lookBytes + 1);
  const bits = Math.min(20, Math.max(14, 7 + Math.ceil(Math.log2(texts.length * stride))));
  const unused = 32 - bits;
  const dropped = 8 * (4 - lookBytes);
  const isInside = new Uint8Array(2 ** bits);
  const isStart = new Uint8Array(2 ** bits);
  for (const text of texts) {
    isStart[Math.imul(littleEndian(text, 0), spread) >>> unused] = 1;
    for (let at = 0; at < stride; at++) {
      isInside[Math.imul(littleEndian(text, at) << dropped, spread) >>> unused] = 1;
    }
  }
  const inside = (view: DataView, at: number): number =>
    isInside[Math.imul(view.getUint32(at, true) << dropped, spread) >>> unused]!;
  return {
    windowBytes: stride + 3,
    next(view, from) {
      const last = view.byteLength - 4;
      const lastOfFour = last - 3 * stride;
      let look = from + stride - 1;
      while (look <= last) {
        // Four at a time, with one branch for all of them: a half quicker.
        while (look <= lastOfFour) {
          const second = look + stride;
          const third = second + stride;
          if ((inside(view, look) | inside(view, second) | inside(view, third) | inside(view, third + stride)) !== 0)
            break;
          look += 4 * stride;
        }
        for (let left = 4; left > 0 && look <= last; left--, look += stride) {
          if (inside(view, look) === 0) continue;
          for (let at = look - stride + 1; at <= look; at++) {
            if (isStart[Math.imul(view.getUint32(at, true), spread) >>> unused] !== 0) return at;
          }
        }
      }
      return look - stride + 1;
    },
  };
}

// Four bytes; what is behind the end counts as zero, and is dropped.
function littleEndian(text: Uint8Array, at: number): number {
  return text[at]! | (text[at + 1]! << 8) | (text[at + 2]! << 16) | ((text[at + 3] ?? 0) << 24);
}
