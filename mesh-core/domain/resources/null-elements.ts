import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';

/**
 * Protobuf knows no null: a field that is null is absent, and a null in a list or a map is an element without a value,
 * which Istio's checks mostly refuse. Gives the spec without either, so that the rules need not look for them, and
 * reports the elements. (An object that went through its schema has none.)
 */
export function withoutNulls<T>(spec: T, issues: IssueSink): T {
  const elements: string[] = [];
  // Safe: only nulls are left out, which the types do not have.
  const cleaned = clean(spec, 'spec', elements) as T;
  for (const path of elements) {
    if (TOLERATED.some((pattern) => pattern.test(path))) continue;
    issues.error(path, words(path), { expected: 'a value' });
  }
  return cleaned;
}

/** Where Istio passes over an element without a value. */
const TOLERATED = [
  /^spec\.http\[\d+\]\.match\[\d+\]$/,
  /^spec\.http\[\d+\]\.match\[\d+\]\.(withoutHeaders|queryParams)(\.[\w-]+|\[".*"\])$/,
  /^spec\.(tls|tcp|tracing|metrics|accessLogging|jwtRules|targetRefs)\[\d+\]$/,
  /\.env\[\d+\]$/,
];
/** What Istio says where it has words of its own for it; `$1` and on are parts of the path. */
const WORDED: readonly (readonly [RegExp, string])[] = [
  [/^spec\.tracing\[\d+\]\.customTags\.([\w-]+)$/, "tag '$1' may not have a nil value"],
  [/^.*\.providers\[\d+\]$/, 'providers.name may not be empty'],
  [/^.*\.(?:overrides\[\d+\]|tagOverrides\.[\w-]+)$/, 'tagOverrides may not be null'],
  [/^spec\.match(\[\d+\])\.ports(\[\d+\])$/, 'spec.Match$1.Ports$2 is nil'],
  [/^spec\.match(\[\d+\])$/, 'spec.Match$1 is nil'],
];

function words(path: string): string {
  const worded = WORDED.find(([pattern]) => pattern.test(path));
  return worded === undefined ? 'may not be null' : path.replace(...worded);
}

/** A copy only where something is left out, so that large objects without nulls cost nothing more than the walk. */
function clean(value: unknown, path: string, elements: string[]): unknown {
  if (Array.isArray(value)) {
    const items = value.flatMap((item: unknown, index) => {
      if (item !== null) return [clean(item, joinPath(path, index), elements)];
      elements.push(joinPath(path, index));
      return [];
    });
    return items.every((item, index) => item === value[index]) && items.length === value.length ? value : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  let changed = false;
  const entries = Object.entries(value).flatMap(([key, item]) => {
    if (item === null) {
      changed = true;
      if (isMap(path)) elements.push(joinPath(path, key));
      return [];
    }
    const kept = clean(item, joinPath(path, key), elements);
    changed ||= kept !== item;
    return [[key, kept] as const];
  });
  return changed ? Object.fromEntries(entries) : value;
}

/** Fields that are maps with messages as values: a null there is an element, not an absent field. */
function isMap(path: string): boolean {
  return /\.(headers|withoutHeaders|queryParams|customTags|tagOverrides|portLevelMtls)$/.test(path) && !/\.(request|response)$/.test(path);
}
