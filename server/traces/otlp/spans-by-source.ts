import type { Span } from '#server/traces/trace-backend.ts';

/** Spans of one resource; `of` is any of them, for what they have in common. */
export interface ResourceGroup<T> {
  readonly of: Span;
  readonly scopes: readonly { readonly of: Span; readonly items: readonly T[] }[];
}

/** Spans, or what stands for them, by equal resource and scope, in the order of their first span. */
export function groupBySource<T>(items: readonly T[], spanOf: (item: T) => Span): ResourceGroup<T>[] {
  const resources = new Map<string, { of: Span; byScope: Map<string, { of: Span; items: T[] }> }>();
  const keyOf = keyCache();
  for (const item of items) {
    const span = spanOf(item);
    const types = span.valueTypes ?? {};
    const resourceKey = `${keyOf(span.resource)}|${span.resourceSchemaUrl ?? ''}|${span.resourceDroppedAttributesCount ?? 0}|${typesUnder(types, '/resource/')}`;
    let resource = resources.get(resourceKey);
    if (resource === undefined) resources.set(resourceKey, (resource = { of: span, byScope: new Map() }));
    const scopeKey = `${keyOf(span.scope)}|${typesUnder(types, '/scope/')}`;
    const scope = resource.byScope.get(scopeKey);
    if (scope === undefined) resource.byScope.set(scopeKey, { of: span, items: [item] });
    else scope.items.push(item);
  }
  return [...resources.values()].map(({ of, byScope }) => ({ of, scopes: [...byScope.values()] }));
}

function typesUnder(types: Readonly<Record<string, string>>, prefix: string): string {
  return JSON.stringify(Object.entries(types).filter(([pointer]) => pointer.startsWith(prefix)));
}

/** JSON of an object, made once for each object: the spans of a scope share theirs. */
function keyCache(): (value: object) => string {
  const keys = new WeakMap<object, string>();
  return (value) => {
    const known = keys.get(value);
    if (known !== undefined) return known;
    const key = JSON.stringify(value);
    keys.set(value, key);
    return key;
  };
}
