import type { TraceQl } from './ast.ts';

/** The query without positions: two texts that mean the same give equal values. */
export function stripPositions(query: TraceQl): TraceQl {
  return strip(query);
}

function strip<T>(value: T): T {
  if (Array.isArray(value)) return value.map(strip) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (key === 'at' ? [] : [[key, strip(inner)]]))) as T;
}
