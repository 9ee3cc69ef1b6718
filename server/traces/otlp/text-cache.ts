/** Longer texts are rarely sent twice. */
const MAX_LENGTH = 48;
const SLOTS = 8192;

/**
 * Texts by their bytes. The keys of attributes, the names of spans and many values come again in every span: looking
 * them up costs less than making them, and equal texts are then one string in memory. A slot holds what came last, so
 * the cache never grows beyond its slots.
 */
export class TextCache {
  readonly #slots: string[] = Array.from({ length: SLOTS }, () => '');

  /** The text of `bytes` from `start` to `end`; undefined when it is too long for the cache or not plain ASCII. */
  get(bytes: Buffer, start: number, end: number): string | undefined {
    const length = end - start;
    if (length > MAX_LENGTH) return undefined;
    let hash = length;
    let seen = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] ?? 0;
      seen |= byte;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    if (seen > 0x7f) return undefined;
    const slot = (hash ^ (hash >>> 13)) & (SLOTS - 1);
    const known = this.#slots[slot] ?? '';
    if (known.length === length && isText(known, bytes, start)) return known;
    const text = bytes.toString('latin1', start, end);
    this.#slots[slot] = text;
    return text;
  }
}

function isText(text: string, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
