/**
 * A set of field paths of an object, as a tree. A path element is written as in FieldsV1: `f:name` (a field or map key), `k:{"port":80}`
 * (a list item by its key fields), `v:"x"` (an item of a set), `i:0` (by position). Sets are values: no function here modifies its arguments.
 * Source: kubernetes-sigs/structured-merge-diff, fieldpath/set.go and serialize.go.
 */
export interface PathSet {
  /** Elements whose path ends here. */
  readonly members: ReadonlySet<string>;
  /** Elements below which more paths lie. */
  readonly children: ReadonlyMap<string, PathSet>;
}

export const EMPTY_PATHS: PathSet = { members: new Set(), children: new Map() };

/** Has the set no path at all? */
export function isEmptySet(set: PathSet): boolean {
  return set.members.size === 0 && set.children.size === 0;
}

/** The paths below one element. */
export function below(set: PathSet, element: string): PathSet {
  return set.children.get(element) ?? EMPTY_PATHS;
}

/** Is this very path in the set? */
export function hasPath(set: PathSet, path: readonly string[]): boolean {
  const [element, ...rest] = path;
  if (element === undefined) return false;
  return rest.length === 0 ? set.members.has(element) : hasPath(below(set, element), rest);
}

/** A set of the given paths. */
export function pathSet(paths: Iterable<readonly string[]>): PathSet {
  const collector = new PathCollector();
  for (const path of paths) collector.add(path);
  return collector;
}

/** Paths that are in either. */
export function union(a: PathSet, b: PathSet): PathSet {
  if (isEmptySet(a)) return b;
  if (isEmptySet(b)) return a;
  const children = new Map(a.children);
  for (const [element, child] of b.children) children.set(element, union(below(a, element), child));
  return { members: new Set([...a.members, ...b.members]), children };
}

/** Paths of `a` that are not in `b`; what lies below a path of `b` stays. */
export function difference(a: PathSet, b: PathSet): PathSet {
  if (isEmptySet(b)) return a;
  return combine(a, (element) => !b.members.has(element), (child, element) => difference(child, below(b, element)));
}

/** Paths of `a` that neither are in `b` nor lie below a path of `b`. */
export function differenceBelow(a: PathSet, b: PathSet): PathSet {
  if (isEmptySet(b)) return a;
  return combine(a, (element) => !b.members.has(element), (child, element) => (b.members.has(element) ? EMPTY_PATHS : differenceBelow(child, below(b, element))));
}

/** Paths that are in both. */
export function intersection(a: PathSet, b: PathSet): PathSet {
  return combine(a, (element) => b.members.has(element), (child, element) => intersection(child, below(b, element)));
}

/** Do two sets hold the same paths? */
export function sameSet(a: PathSet, b: PathSet): boolean {
  if (a.members.size !== b.members.size || a.children.size !== b.children.size) return false;
  for (const element of a.members) if (!b.members.has(element)) return false;
  for (const [element, child] of a.children) {
    const other = b.children.get(element);
    if (other === undefined || !sameSet(child, other)) return false;
  }
  return true;
}

/** Every path of the set, in order of the elements. */
export function pathsOf(set: PathSet, prefix: readonly string[] = []): readonly (readonly string[])[] {
  return elementsOf(set).flatMap((element) => [...(set.members.has(element) ? [[...prefix, element]] : []), ...pathsOf(below(set, element), [...prefix, element])]);
}

/** The elements at the top of the set, members and parents of paths alike, sorted. */
export function elementsOf(set: PathSet): readonly string[] {
  return [...new Set([...set.members, ...set.children.keys()])].toSorted();
}

/** A set that paths are added to; once handed out as a PathSet it must not be added to any more. */
export class PathCollector implements PathSet {
  readonly members = new Set<string>();
  readonly children = new Map<string, PathCollector>();

  /** Adds a path; the empty one (the object itself) is no path. */
  add(path: readonly string[]): void {
    const last = path.at(-1);
    if (last === undefined) return;
    path.slice(0, -1).reduce<PathCollector>((parent, element) => parent.#child(element), this).members.add(last);
  }

  #child(element: string): PathCollector {
    const known = this.children.get(element);
    if (known !== undefined) return known;
    const child = new PathCollector();
    this.children.set(element, child);
    return child;
  }
}

function combine(set: PathSet, keep: (element: string) => boolean, inside: (child: PathSet, element: string) => PathSet): PathSet {
  const children = new Map<string, PathSet>();
  for (const [element, child] of set.children) {
    const rest = inside(child, element);
    if (!isEmptySet(rest)) children.set(element, rest);
  }
  return { members: new Set([...set.members].filter(keep)), children };
}
