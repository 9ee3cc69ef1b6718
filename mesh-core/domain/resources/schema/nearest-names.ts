/** "did you mean" for a mistyped word: the names that are at most two letters away, or else all of them. */
export function nearestNames(key: string, names: readonly string[]): string {
  const near = closeNames(key, names);
  return near.length > 0 ? near.join(' or ') : `one of ${names.join(', ')}`;
}

/** The names that differ from `key` by at most two letters, in either case, the nearest first. */
export function closeNames(key: string, names: readonly string[]): string[] {
  const lower = key.toLowerCase();
  return names
    .map((name) => ({ name, distance: editDistance(lower, name.toLowerCase(), 2) }))
    .filter(({ distance }) => distance <= 2)
    .toSorted((a, b) => a.distance - b.distance)
    .map(({ name }) => name);
}

/** Levenshtein distance, given up with `limit + 1` as soon as it must exceed `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    if (Math.min(...next) > limit) return limit + 1;
    row = next;
  }
  return row[b.length] ?? 0;
}
