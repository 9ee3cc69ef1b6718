import type { Span } from '#server/traces/trace-backend.ts';

/** Whether two spans say the same, in whatever order their attributes come: one is the other, sent again. */
export function sameSpan(a: Span, b: Span): boolean {
  return same(a, b);
}

/** Without recursion: attributes may be nested as deep as a request allows. An absent property and an undefined one are the same. */
function same(left: unknown, right: unknown): boolean {
  const todo: [unknown, unknown][] = [[left, right]];
  for (let pair = todo.pop(); pair !== undefined; pair = todo.pop()) {
    const [a, b] = pair;
    if (a === b) continue;
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
    const entries = Object.entries(a).filter(([, value]) => value !== undefined);
    const others = new Map(Object.entries(b).filter(([, value]) => value !== undefined));
    if (entries.length !== others.size) return false;
    for (const [key, value] of entries) {
      if (!others.has(key)) return false;
      todo.push([value, others.get(key)]);
    }
  }
  return true;
}
