/** The first `limit` of the items in the order of `compare`, sorted; the whole is never sorted when few are wanted. */
export function firstOf<T>(items: Iterable<T>, limit: number, compare: (a: T, b: T) => number): T[] {
  if (limit <= 0) return [];
  let kept: T[] = [];
  let last: T | undefined;
  const settle = (): void => {
    kept.sort(compare);
    kept = kept.slice(0, limit);
    last = kept.length === limit ? kept[limit - 1] : undefined;
  };
  // Twice as many as are wanted are gathered between two sorts, so that each item costs O(log limit).
  const room = limit * 2 + 64;
  for (const item of items) {
    if (last !== undefined && compare(item, last) >= 0) continue;
    kept.push(item);
    if (kept.length >= room) settle();
  }
  settle();
  return kept;
}
