/** How many of the rising numbers are at most `limit`: the index of the first that is more. */
export function upperBound(rising: Uint32Array | Float64Array, limit: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rising[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
