const SPARE = 1.25;
const AT_LEAST = 64;

function lengthFor(needed: number): number {
  return Math.ceil(needed * SPARE) + AT_LEAST;
}

/** The column, or a copy of it that is longer than `needed` by a quarter. */
export function growInts(column: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  if (needed <= column.length) return column;
  const longer = new Int32Array(lengthFor(needed));
  longer.set(column);
  return longer;
}
/** The same for unsigned words. */
export function growWords(column: Uint32Array<ArrayBuffer>, needed: number): Uint32Array<ArrayBuffer> {
  if (needed <= column.length) return column;
  const longer = new Uint32Array(lengthFor(needed));
  longer.set(column);
  return longer;
}
/** The same for numbers of eight bytes. */
export function growFloats(column: Float64Array<ArrayBuffer>, needed: number): Float64Array<ArrayBuffer> {
  if (needed <= column.length) return column;
  const longer = new Float64Array(lengthFor(needed));
  longer.set(column);
  return longer;
}
/** The same for bytes. */
export function growBytes(column: Uint8Array<ArrayBuffer>, needed: number): Uint8Array<ArrayBuffer> {
  if (needed <= column.length) return column;
  const longer = new Uint8Array(lengthFor(needed));
  longer.set(column);
  return longer;
}
