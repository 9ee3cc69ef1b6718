import type { SceneElement } from './graph-elements.ts';

/** What must be done to a drawing so that it shows `after`. */
export interface ElementDiff {
  /** Edges before nodes before boxes. */
  readonly removed: readonly string[];
  readonly added: readonly SceneElement[];
  /** New data of the same element. */
  readonly changed: readonly SceneElement[];
  /** Other box, or none. */
  readonly moved: readonly SceneElement[];
}

/** Compares two drawings by id; the ends of an edge are part of its id. Elements that are equal are in none of the lists, so that they are not touched. */
export function diffElements(before: ReadonlyMap<string, SceneElement>, after: readonly SceneElement[]): ElementDiff {
  const next = new Map(after.map((element) => [element.id, element]));
  const order = { edge: 0, node: 1, box: 2 } as const;
  return {
    removed: [...before.values()].filter((old) => !next.has(old.id)).toSorted((a, b) => order[a.group] - order[b.group]).map((old) => old.id),
    added: after.filter((element) => !before.has(element.id)),
    changed: after.filter((element) => {
      const old = before.get(element.id);
      return old !== undefined && !sameData(old.data, element.data);
    }),
    moved: after.filter((element) => {
      const old = before.get(element.id);
      return old !== undefined && old.parent !== element.parent;
    }),
  };
}

/** Same nodes, edges and boxes, whatever their data: nothing has to be placed anew. */
export function isSameShape(diff: ElementDiff): boolean {
  return diff.removed.length === 0 && diff.added.length === 0 && diff.moved.length === 0;
}

function sameData(a: SceneElement['data'], b: SceneElement['data']): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
