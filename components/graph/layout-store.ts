import type { EdgeRoute } from './edge-route.ts';
import type { Point } from './edge-path.ts';

/** What is remembered of one graph's arrangement. */
export interface SavedLayout {
  readonly places: Readonly<Record<string, Point>>;
  readonly routes: Readonly<Record<string, EdgeRoute>>;
  /** Nodes a person has moved: nothing but that person moves them again. */
  readonly pinned: readonly string[];
}

/** The number grows when older arrangements would no longer fit how things are drawn. */
const PREFIX = 'binnacle.graph.layout.4.';
/** Most graphs kept; the oldest goes first. */
const KEPT = 24;

/** Graphs of one key share their places: the type, what is drawn around nodes, and the namespaces chosen. */
export function layoutKey(parts: { readonly type: string; readonly serviceNodes: boolean; readonly namespaceBoxes: boolean; readonly appBoxes: boolean; readonly namespaces: readonly string[]; readonly focus: string | null }): string {
  const { type, serviceNodes, namespaceBoxes, appBoxes, namespaces, focus } = parts;
  return [type, serviceNodes ? 's' : '', namespaceBoxes ? 'n' : '', appBoxes ? 'a' : '', [...namespaces].sort().join(','), focus ?? ''].join('|');
}

/** Reads a remembered arrangement; anything unreadable is none. */
export function loadLayout(storage: Pick<Storage, 'getItem'>, key: string): SavedLayout | undefined {
  try {
    const value: unknown = JSON.parse(storage.getItem(PREFIX + key) ?? 'null');
    return isLayout(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers an arrangement. Without room it is forgotten: the graph is then arranged anew on the next visit. */
export function saveLayout(storage: Storage, key: string, layout: SavedLayout): void {
  try {
    const keys = Object.keys(storage).filter((name) => name.startsWith(PREFIX) && name !== PREFIX + key);
    for (const old of keys.slice(0, Math.max(0, keys.length - KEPT + 1))) storage.removeItem(old);
    storage.setItem(PREFIX + key, JSON.stringify(layout));
  } catch {
    // Storage is full or forbidden.
  }
}

function isLayout(value: unknown): value is SavedLayout {
  if (typeof value !== 'object' || value === null || !('places' in value) || !('routes' in value) || !('pinned' in value)) return false;
  const { places, routes, pinned } = value;
  return isRecordOf(places, isPoint) && isRecordOf(routes, isRoute) && Array.isArray(pinned) && pinned.every((id) => typeof id === 'string');
}
function isRecordOf<T>(value: unknown, test: (item: unknown) => item is T): value is Record<string, T> {
  return typeof value === 'object' && value !== null && Object.values(value).every(test);
}
function isPoint(value: unknown): value is Point {
  return typeof value === 'object' && value !== null && 'x' in value && 'y' in value && Number.isFinite(value.x) && Number.isFinite(value.y);
}
function isRoute(value: unknown): value is EdgeRoute {
  return typeof value === 'object' && value !== null && 'start' in value && 'end' in value && 'sourceAt' in value && 'targetAt' in value && 'bends' in value && [value.start, value.end, value.sourceAt, value.targetAt].every(isPoint) && Array.isArray(value.bends) && value.bends.every(isPoint);
}
