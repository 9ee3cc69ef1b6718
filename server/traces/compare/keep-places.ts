/**
 * The `limit` weightiest of a tree's places and all above them, in order, with their parents' indexes made to fit. Places
 * come after their parents. Fewer than `limit` are given as they are.
 */
export function keepPlaces<T extends { readonly parent: number }>(places: readonly T[], limit: number, weightOf: (place: T) => number): T[] {
  if (places.length <= limit) return [...places];
  const weights = Float64Array.from(places, weightOf);
  const order = Uint32Array.from(places.keys()).sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b);
  const indexOf = new Int32Array(places.length).fill(-1);
  for (const place of order.subarray(0, limit)) for (let at = place; at >= 0 && indexOf[at] === -1; at = places[at]?.parent ?? -1) indexOf[at] = 0;
  const kept: T[] = [];
  for (const [at, place] of places.entries()) {
    if (indexOf[at] === -1) continue;
    indexOf[at] = kept.length;
    kept.push({ ...place, parent: place.parent < 0 ? -1 : (indexOf[place.parent] ?? -1) });
  }
  return kept;
}
