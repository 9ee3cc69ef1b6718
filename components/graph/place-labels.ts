import { pathOf, pointAlong, type Path, type Point } from './edge-path.ts';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
/** A label that wants a place on its edge. All lengths are screen px. */
export interface LabelRequest {
  readonly id: string;
  readonly points: readonly Point[];
  /** Widths of the label in full and of its shorter forms, longest first. */
  readonly widths: readonly number[];
  readonly height: number;
  /** Higher goes first and is never left out in favour of lower. */
  readonly priority: number;
  /** Drawn even where it covers something: what is selected, or failing. */
  readonly required?: boolean;
}

/** Where a label stands, and which of its forms fits there. */
export interface PlacedLabel extends Rect {
  /** Index into `widths`. */
  readonly form: number;
}

/** Tried places, as shares of the edge's length; the middle is preferred. */
const PLACES = [0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7, 0.25, 0.75, 0.2, 0.8, 0.15, 0.85];

/** A label may stand off its line to the left or right by this share of its width: the line still runs through it. */
const ALIGNMENTS = [0, -0.36, 0.36];

/** How much a place is worth avoiding for each foreign line below it; being off the middle costs up to one. */
const LINE_COST = 1.5;

/**
 * Places labels on their edges so that none covers a node, a name or another label; what finds no room is left out
 * unless required. A shorter form is tried before that. Among free places those that cover no other edge's line win: a label must not seem to be another's.
 * Greedy by priority, as map makers do (point-feature label placement).
 */
export function placeLabels(requests: readonly LabelRequest[], obstacles: readonly Rect[]): Map<string, PlacedLabel> {
  const taken = [...obstacles];
  const placed = new Map<string, PlacedLabel>();
  const lines = requests.flatMap((request) => segmentsOf(request));
  for (const request of requests.toSorted((a, b) => b.priority - a.priority)) {
    const path = pathOf(request.points);
    let chosen: PlacedLabel | undefined;
    for (const [form, width] of request.widths.entries()) {
      const candidates = candidatesOf(request, path, width, lines);
      const last = form === request.widths.length - 1;
      const rect = candidates.find((candidate) => !taken.some((other) => overlaps(candidate, other))) ?? (last && request.required === true ? leastCovering(candidates, taken) : undefined);
      if (rect === undefined) continue;
      chosen = { ...rect, form };
      break;
    }
    if (chosen === undefined) continue;
    taken.push(chosen);
    placed.set(request.id, chosen);
  }
  return placed;
}

/** Places along the line, best first. */
function candidatesOf({ id, height }: LabelRequest, path: Path, width: number, lines: readonly { readonly id: string; readonly rect: Rect }[]): Rect[] {
  return PLACES.flatMap((share) => ALIGNMENTS.map((aside) => ({ share, aside })))
    .map(({ share, aside }) => {
      const at = pointAlong(path, path.length * share);
      const rect: Rect = { x: at.x - width * (0.5 + aside), y: at.y - height / 2, width, height };
      const foreign = new Set(lines.filter((line) => line.id !== id && overlaps(line.rect, rect)).map((line) => line.id)).size;
      return { rect, cost: foreign * LINE_COST + Math.abs(share - 0.5) * 2 + Math.abs(aside) };
    })
    .toSorted((a, b) => a.cost - b.cost)
    .map(({ rect }) => rect);
}

/** The straight pieces of an edge as boxes: exact for the right-angled routes of the layout, generous for curves. */
function segmentsOf({ id, points }: LabelRequest): { readonly id: string; readonly rect: Rect }[] {
  return points.slice(1).map((b, index) => {
    const a = points[index] ?? b;
    return { id, rect: { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x) + 0.1, height: Math.abs(a.y - b.y) + 0.1 } };
  });
}

/**
 * The widest a centred name may be so that it does not touch the names beside it: the gap is shared fairly, and a short
 * neighbour leaves more of it. `band` is how far apart in height two names must be to pass each other, px.
 */
export function nameRoom(here: { readonly id: string } & Point, others: readonly ({ readonly id: string; readonly width: number } & Point)[], band: number): number {
  let room = Infinity;
  for (const other of others) {
    const gap = Math.abs(other.x - here.x) - 4;
    if (other.id === here.id || Math.abs(other.y - here.y) >= band || gap <= 0) continue;
    room = Math.min(room, Math.max(gap, 2 * gap - other.width));
  }
  return room;
}

/** Do two boxes share more than an edge? */
export function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function leastCovering(candidates: readonly Rect[], taken: readonly Rect[]): Rect | undefined {
  const covered = (rect: Rect): number => taken.reduce((sum, other) => sum + (overlaps(rect, other) ? (Math.min(rect.x + rect.width, other.x + other.width) - Math.max(rect.x, other.x)) * (Math.min(rect.y + rect.height, other.y + other.height) - Math.max(rect.y, other.y)) : 0), 0);
  return candidates.toSorted((a, b) => covered(a) - covered(b))[0];
}
