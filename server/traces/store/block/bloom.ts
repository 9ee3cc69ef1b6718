/** Bits for each item, and how many of them it sets: about one wrong "perhaps" in 2,000 questions. */
const BITS_EACH = 16;
const PROBES = 8;

/** Two 32-bit hashes that stand for an item. */
export interface ItemHash {
  readonly first: number;
  readonly second: number;
}

/** A filter that says of an item that it is surely not among `items`, or perhaps is (B. H. Bloom 1970; double hashing by Kirsch and Mitzenmacher 2006). */
export function buildBloom(hashes: readonly ItemHash[]): Uint8Array {
  const bits = new Uint8Array(Math.max(8, Math.ceil((hashes.length * BITS_EACH) / 8)));
  const size = bits.length * 8;
  for (const { first, second } of hashes) {
    for (let i = 0, hash = first; i < PROBES; i++, hash = (hash + second) >>> 0) {
      const bit = hash % size;
      bits[bit >>> 3] = (bits[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
  }
  return bits;
}

/** False when the item is surely not in it. */
export function bloomMayHave(bits: Uint8Array, { first, second }: ItemHash): boolean {
  const size = bits.length * 8;
  for (let i = 0, hash = first; i < PROBES; i++, hash = (hash + second) >>> 0) {
    const bit = hash % size;
    if (((bits[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** Of a text, by its UTF-16 units. */
export function hashText(text: string): ItemHash {
  let first = 0x811c9dc5;
  let second = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    first = Math.imul(first ^ unit, 0x0100_0193);
    second = Math.imul(second ^ unit, 0x5bd1_e995);
    second ^= second >>> 15;
  }
  return { first: mix(first), second: mix(second) | 1 };
}

/** Of some bytes, such as an id. */
export function hashBytes(bytes: Uint8Array, at: number, length: number): ItemHash {
  let first = 0x811c9dc5;
  let second = 0x9747b28c;
  for (let i = at; i < at + length; i++) {
    const byte = bytes[i] ?? 0;
    first = Math.imul(first ^ byte, 0x0100_0193);
    second = Math.imul(second ^ byte, 0x5bd1_e995);
    second ^= second >>> 15;
  }
  return { first: mix(first), second: mix(second) | 1 };
}

/** Lets every bit of the input reach every bit of the result (the last step of MurmurHash3, A. Appleby, public domain). */
function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85eb_ca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
