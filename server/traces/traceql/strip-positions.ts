/** A query, or a part of one, without positions: two texts that mean the same give equal values. */
export function stripPositions<T>(value: T): T {
  if (Array.isArray(value)) return value.map(stripPositions) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (key === 'at' ? [] : [[key, stripPositions(inner)]]))) as T;
}
