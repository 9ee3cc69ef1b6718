/** A drawing of nodes in columns: callers left of what they call. Pixels at zoom 1, origin at the upper left. */
export interface LayeredPlaces {
  /** By the index of the node. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly width: number;
  readonly height: number;
}

export const COLUMN_WIDTH = 190;
export const ROW_HEIGHT = 26;
/** More layers than this make a drawing that is long and thin; then distance from the callers nobody calls decides. */
const MAX_LAYERS = 16;
/** Width to height that a drawing aims at. */
const ASPECT = 1.8;
const SWEEPS = 6;

/**
 * Places many nodes fast: layers by longest path (calls that close a circle left aside; by shortest path where that would
 * make too many), order within layers by the mean
 * position of the neighbours (Sugiyama's method without its slow steps). `edges` are pairs of indexes below `count`. Linear
 * in nodes and edges but for sorting; no recursion. The same graph gives the same places.
 */
export function layeredPlaces(count: number, edges: readonly (readonly [from: number, to: number])[]): LayeredPlaces {
  const forward = edges.filter(([from, to]) => from !== to);
  const longest = layersOf(count, withoutCircles(count, forward));
  const layer = longest.every((l) => l < MAX_LAYERS) ? longest : distances(count, forward);
  const layers: number[][] = [];
  for (let node = 0; node < count; node++) (layers[layer[node] ?? 0] ??= []).push(node);
  const order = new Float64Array(count);
  for (const nodes of layers) for (const [i, node] of nodes.entries()) order[node] = i / nodes.length;
  const neighbours = neighbourLists(count, forward);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const nodes of sweep % 2 === 0 ? layers : layers.toReversed()) {
      const wanted = new Map(nodes.map((node) => [node, meanOf(neighbours[node] ?? [], order) ?? order[node] ?? 0]));
      nodes.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0) || a - b);
      for (const [i, node] of nodes.entries()) order[node] = (i + 0.5) / nodes.length;
    }
  }
  return placed(count, layers);
}

/** The edges less those that lead back to a node that is still being walked. */
function withoutCircles(count: number, edges: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const out = neighbourLists(count, edges, 'out');
  const indegree = new Uint32Array(count);
  for (const [, to] of edges) indegree[to] = (indegree[to] ?? 0) + 1;
  const state = new Uint8Array(count);
  const at = new Uint32Array(count);
  const kept: (readonly [number, number])[] = [];
  const starts = Array.from({ length: count }, (_, node) => node).sort((a, b) => (indegree[a] ?? 0) - (indegree[b] ?? 0) || a - b);
  for (const start of starts) {
    if (state[start] !== 0) continue;
    const stack = [start];
    state[start] = 1;
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      const to = out[node]?.[at[node] ?? 0];
      if (to === undefined) {
        state[node] = 2;
        stack.pop();
        continue;
      }
      at[node] = (at[node] ?? 0) + 1;
      if (state[to] === 1) continue;
      kept.push([node, to]);
      if (state[to] !== 0) continue;
      state[to] = 1;
      stack.push(to);
    }
  }
  return kept;
}

/** Longest path from a node that nobody calls. The edges have no circle. */
function layersOf(count: number, edges: readonly (readonly [number, number])[]): Uint32Array {
  const out = neighbourLists(count, edges, 'out');
  const open = new Uint32Array(count);
  for (const [, to] of edges) open[to] = (open[to] ?? 0) + 1;
  const layer = new Uint32Array(count);
  const ready = Array.from({ length: count }, (_, node) => node).filter((node) => open[node] === 0);
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    for (const to of out[node] ?? []) {
      layer[to] = Math.max(layer[to] ?? 0, (layer[node] ?? 0) + 1);
      open[to] = (open[to] ?? 1) - 1;
      if (open[to] === 0) ready.push(to);
    }
  }
  return layer;
}

/** Calls from the nearest node that nobody calls; where all are called, from the one called least. */
function distances(count: number, edges: readonly (readonly [number, number])[]): Uint32Array {
  const out = neighbourLists(count, edges, 'out');
  const indegree = new Uint32Array(count);
  for (const [, to] of edges) indegree[to] = (indegree[to] ?? 0) + 1;
  const layer = new Uint32Array(count);
  const seen = new Uint8Array(count);
  const starts = Array.from({ length: count }, (_, node) => node).sort((a, b) => (indegree[a] ?? 0) - (indegree[b] ?? 0) || a - b);
  const walk = (queue: number[]): void => {
    for (const node of queue) seen[node] = 1;
    for (let i = 0; i < queue.length; i++) {
      const node = queue[i] ?? 0;
      for (const to of out[node] ?? []) {
        if (seen[to] === 1) continue;
        seen[to] = 1;
        layer[to] = (layer[node] ?? 0) + 1;
        queue.push(to);
      }
    }
  };
  walk(starts.filter((node) => indegree[node] === 0));
  for (const node of starts) if (seen[node] === 0) walk([node]);
  return layer;
}

function placed(count: number, layers: readonly (readonly number[])[]): LayeredPlaces {
  const x = new Float64Array(count);
  const y = new Float64Array(count);
  // A layer with more nodes than this stands in several columns beside each other.
  const maxRows = Math.max(8, Math.ceil(Math.sqrt((count * COLUMN_WIDTH) / ROW_HEIGHT / ASPECT)));
  const tallest = Math.min(maxRows, layers.reduce((most, nodes) => Math.max(most, nodes.length), 0));
  let column = 0;
  for (const nodes of layers) {
    const columns = Math.max(1, Math.ceil(nodes.length / maxRows));
    const rows = Math.ceil(nodes.length / columns);
    for (const [i, node] of nodes.entries()) {
      const inColumn = i % columns;
      const row = Math.floor(i / columns);
      x[node] = (column + inColumn) * COLUMN_WIDTH;
      y[node] = (row + (tallest - rows) / 2) * ROW_HEIGHT;
    }
    // Room for the lines between layers grows with what they join.
    column += columns + 0.5;
  }
  return { x, y, width: column * COLUMN_WIDTH, height: tallest * ROW_HEIGHT };
}

function neighbourLists(count: number, edges: readonly (readonly [number, number])[], which: 'both' | 'out' = 'both'): number[][] {
  const lists: number[][] = Array.from({ length: count }, () => []);
  for (const [from, to] of edges) {
    lists[from]?.push(to);
    if (which === 'both') lists[to]?.push(from);
  }
  return lists;
}

function meanOf(nodes: readonly number[], order: Float64Array): number | undefined {
  if (nodes.length === 0) return undefined;
  let sum = 0;
  for (const node of nodes) sum += order[node] ?? 0;
  return sum / nodes.length;
}
