/** Bytes that an entry counts beside its name and value (RFC 7541, section 4.1). */
export const entryOverheadBytes = 32;

/** The dynamic table of one direction of a connection: first in, first out, by bytes (RFC 7541, sections 2.3.2 and 4). */
export class DynamicTable {
  /** How many entries have ever been added; the newest one's number is this less 1. */
  inserted = 0;
  #entries: string[] = [];
  #first = 0;
  #bytes = 0;
  #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#entries.length / 2 - this.#first;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    this.#evict(0);
  }

  /** An entry larger than the table empties it and is not added, as the RFC has it. */
  add(name: string, value: string): void {
    const bytes = name.length + value.length + entryOverheadBytes;
    this.#evict(bytes);
    this.inserted++;
    if (bytes > this.#maxBytes) return;
    this.#entries.push(name, value);
    this.#bytes += bytes;
  }

  /** The name of the entry that is `age` entries older than the newest; undefined when there is none. */
  name(age: number): string | undefined {
    return age < this.length ? this.#entries[this.#entries.length - 2 - age * 2] : undefined;
  }

  value(age: number): string | undefined {
    return age < this.length ? this.#entries[this.#entries.length - 1 - age * 2] : undefined;
  }

  #evict(incoming: number): void {
    while (this.length > 0 && this.#bytes + incoming > this.#maxBytes) {
      const at = this.#first * 2;
      this.#bytes -= this.#entries[at]!.length + this.#entries[at + 1]!.length + entryOverheadBytes;
      this.#entries[at] = this.#entries[at + 1] = "";
      this.#first++;
    }
    // Moving the rest up for each entry would be quadratic.
    if (this.#first > 64 && this.#first > this.length) {
      this.#entries = this.#entries.slice(this.#first * 2);
      this.#first = 0;
    }
  }
}
