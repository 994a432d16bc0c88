import { H2Error } from "./h2-error.ts";
import { type DecodedHeaders, HpackDecoder } from "./hpack/decoder.ts";
import { ErrorCode, limits } from "./protocol.ts";

/** One list of headers with the stream it belongs to. */
export interface ReceivedHeaders extends DecodedHeaders {
  readonly streamId: number;
  readonly isLast: boolean;
}

/** Puts the blocks of HEADERS and CONTINUATION together and decodes them: all of them, or the table would go wrong. */
export class HeaderBlocks {
  readonly #decoder: HpackDecoder;
  #open: { readonly streamId: number; readonly isLast: boolean } | undefined;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(maxListBytes: number) {
    this.#decoder = new HpackDecoder(maxListBytes);
  }

  /** The stream whose block goes on, which no other frame may interrupt; undefined when none does. */
  get openStreamId(): number | undefined {
    return this.#open?.streamId;
  }

  /** Takes the block of a HEADERS frame; the list, when it is whole. */
  begin(streamId: number, block: Buffer, isLast: boolean, isWhole: boolean): ReceivedHeaders | undefined {
    if (isWhole) return this.#decode(block, streamId, isLast);
    this.#open = { streamId, isLast };
    this.#add(block);
    return undefined;
  }

  /** Takes the block of a CONTINUATION frame. Throws ENHANCE_YOUR_CALM for one that never ends. */
  continue(block: Buffer, isWhole: boolean): ReceivedHeaders | undefined {
    this.#add(block);
    if (!isWhole) return undefined;
    const { streamId, isLast } = this.#open!;
    const headers = this.#decode(Buffer.concat(this.#pieces, this.#bytes), streamId, isLast);
    this.#open = undefined;
    this.#pieces = [];
    this.#bytes = 0;
    return headers;
  }

  #decode(block: Buffer, streamId: number, isLast: boolean): ReceivedHeaders {
    const { fields, isTooLarge } = this.#decoder.decode(block);
    return { fields, isTooLarge, streamId, isLast };
  }

  #add(block: Buffer): void {
    this.#pieces.push(block);
    this.#bytes += block.length;
    if (this.#bytes > limits.headerBlockBytes || this.#pieces.length > limits.headerBlockFrames) {
      throw new H2Error(ErrorCode.calm, "the peer's headers do not end");
    }
  }
}
