/** A three-way merge: `merged`, and the paths where both sides changed the same value (mine was taken). */
export interface MergeResult {
  readonly merged: unknown;
  readonly conflicts: readonly string[];
}

/**
 * Puts the changes from `base` to `mine` onto `theirs`, field by field; lists of equal length item by item, other lists
 * whole. Where both changed one value differently mine wins and its path is told. Works on plain JSON values.
 */
export function mergeObjects(base: unknown, mine: unknown, theirs: unknown, path = ''): MergeResult {
  if (same(mine, theirs) || same(base, mine)) return { merged: theirs, conflicts: [] };
  if (same(base, theirs)) return { merged: mine, conflicts: [] };
  if (isRecord(mine) && isRecord(theirs)) return mergeRecords(isRecord(base) ? base : {}, mine, theirs, path);
  if (Array.isArray(base) && Array.isArray(mine) && Array.isArray(theirs) && base.length === mine.length && base.length === theirs.length) {
    const parts = mine.map((item, index) => mergeObjects(base[index], item, theirs[index], `${path}[${index}]`));
    return { merged: parts.map(({ merged }) => merged), conflicts: parts.flatMap(({ conflicts }) => conflicts) };
  }
  return { merged: mine, conflicts: [path] };
}

type Json = Record<string, unknown>;

function mergeRecords(base: Json, mine: Json, theirs: Json, path: string): MergeResult {
  const merged: Json = {};
  const conflicts: string[] = [];
  // Their order first: what nobody touched stays where it is.
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
    const field = path === '' ? key : `${path}.${key}`;
    const result = mergeObjects(base[key], mine[key], theirs[key], field);
    if (result.merged !== undefined) merged[key] = result.merged;
    conflicts.push(...result.conflicts);
  }
  return { merged, conflicts };
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => same(item, b[index]));
  if (isRecord(a) && isRecord(b)) return Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
  return a === b;
}
