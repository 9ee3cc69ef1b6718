import { READ_PADDING } from './bit-stream.ts';

const UNIT_SHIFT = 4;
const UNIT_BYTES = 1 << UNIT_SHIFT;
const PAGE_UNITS_SHIFT = 16;
const PAGE_UNITS = 1 << PAGE_UNITS_SHIFT;
const PAGE_BYTES = PAGE_UNITS * UNIT_BYTES;
const EXACT_CLASSES = 64;

interface Page {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/**
 * Memory for many small pieces of bytes, taken from pages of one MiB: a typed array of its own for each would cost more
 * than what it holds. An address is a whole number; freed pieces are given away again by their size.
 */
export class SlabAllocator {
  readonly #pages: (Page | undefined)[] = [];
  readonly #free = new Map<number, number[]>();
  readonly #emptyPageNumbers: number[] = [];
  #current = -1;
  #nextUnit = PAGE_UNITS;
  #usedUnits = 0;
  #pageBytes = 0;

  /** Bytes of the pieces that are given away now. */
  get usedBytes(): number {
    return this.#usedUnits * UNIT_BYTES;
  }
  /** Bytes of all pages. */
  get reservedBytes(): number {
    return this.#pageBytes;
  }

  /** How many bytes a piece asked for with `size` really has. */
  static capacityOf(size: number): number {
    return classOf(size) * UNIT_BYTES;
  }

  /** A piece of zeroes of at least `size` bytes. Reading whole words past its end is allowed. */
  allocate(size: number): number {
    const units = classOf(size);
    this.#usedUnits += units;
    if (units > PAGE_UNITS) return this.#addPage(units * UNIT_BYTES) * PAGE_UNITS;
    const reused = this.#free.get(units)?.pop();
    if (reused !== undefined) {
      const offset = this.offset(reused);
      this.bytes(reused).fill(0, offset, offset + units * UNIT_BYTES);
      return reused;
    }
    if (this.#nextUnit + units > PAGE_UNITS) {
      this.#giveRest();
      this.#current = this.#addPage(PAGE_BYTES);
      this.#nextUnit = 0;
    }
    const address = this.#current * PAGE_UNITS + this.#nextUnit;
    this.#nextUnit += units;
    return address;
  }

  /** Takes a piece back; `size` is what it was asked for with. */
  free(address: number, size: number): void {
    const units = classOf(size);
    this.#usedUnits -= units;
    if (units > PAGE_UNITS) {
      const page = address >>> PAGE_UNITS_SHIFT;
      this.#pageBytes -= this.#pages[page]?.bytes.length ?? 0;
      this.#pages[page] = undefined;
      this.#emptyPageNumbers.push(page);
    } else this.#keep(address, units);
  }

  /** The page of an address; the piece begins at `offset(address)`. */
  bytes(address: number): Uint8Array {
    return this.#page(address).bytes;
  }
  view(address: number): DataView {
    return this.#page(address).view;
  }
  offset(address: number): number {
    return (address & (PAGE_UNITS - 1)) << UNIT_SHIFT;
  }

  #page(address: number): Page {
    const page = this.#pages[address >>> PAGE_UNITS_SHIFT];
    if (page === undefined) throw new RangeError(`no page at address ${address}`);
    return page;
  }
  #addPage(size: number): number {
    const bytes = new Uint8Array(size + READ_PADDING);
    const page = { bytes, view: new DataView(bytes.buffer) };
    this.#pageBytes += bytes.length;
    const number = this.#emptyPageNumbers.pop();
    if (number === undefined) return this.#pages.push(page) - 1;
    this.#pages[number] = page;
    return number;
  }
  #keep(address: number, units: number): void {
    const list = this.#free.get(units);
    if (list === undefined) this.#free.set(units, [address]);
    else list.push(address);
  }
  /** Puts the end of the current page, too short for what is wanted, on the lists of pieces of its size. */
  #giveRest(): void {
    let left = PAGE_UNITS - this.#nextUnit;
    while (left > 0 && this.#current >= 0) {
      const units = Math.min(left, EXACT_CLASSES);
      this.#keep(this.#current * PAGE_UNITS + PAGE_UNITS - left, units);
      left -= units;
    }
  }
}

/** Units of the size class: exact for small pieces, then in steps of an eighth, so that little is wasted. */
function classOf(size: number): number {
  const units = Math.max(1, (size + UNIT_BYTES - 1) >>> UNIT_SHIFT);
  if (units <= EXACT_CLASSES) return units;
  const step = 1 << (28 - Math.clz32(units));
  return (Math.ceil(units / step) * step);
}
