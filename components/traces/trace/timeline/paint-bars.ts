import { formatNumber } from '#components/charts/format-number.ts';
import type { SiblingFold } from '#server/traces/core/sibling-folds.ts';
import type { VisibleRows } from '#server/traces/core/visible-rows.ts';
import { ERROR_CODE, hasMark, type TraceModel } from '../model/trace-model.ts';
import type { HopRow } from '../rows/grouped-rows.ts';
import { ownPieces, pixelsOf, type NanoRange, type PathByRow, type SpanTimes } from './bar-pieces.ts';
import type { Palette } from './palette.ts';
import { lastGap, pixelRuns, type PixelRuns, type RunCache } from './pixel-runs.ts';

/** Everything the bars of a stretch of rows are drawn from. */
export interface BarsToPaint {
  readonly model: TraceModel;
  readonly rows: VisibleRows;
  /** First and last place, both drawn. */
  readonly first: number;
  readonly last: number;
  readonly rowHeight: number;
  readonly width: number;
  readonly range: NanoRange;
  /** Where the ruler has its marks. */
  readonly ticks: readonly number[];
  readonly times: SpanTimes;
  /** As stored, when `times` are corrected: drawn as ghosts where they differ. */
  readonly storedTimes: SpanTimes | undefined;
  readonly collapsed: Uint8Array;
  readonly folds: readonly SiblingFold[];
  /** By row; hops are drawn by their parts. */
  readonly hopOf: ReadonlyMap<number, HopRow>;
  readonly path: PathByRow | undefined;
  /** Times of events by row, as far as they are known. */
  readonly events: ReadonlyMap<number, readonly number[]>;
  /** 0: drawn pale, because something is searched for and it is elsewhere. */
  readonly lit: Uint8Array | undefined;
  readonly palette: Palette;
  /** Of this range and width. */
  readonly runs: RunCache;
}

const BAR = { top: 8, height: 11 };
const WAITING = 0.25;
const PROXY = 0.6;
const MINIMUM = 2;

/** Draws the bars of some rows: a bar is solid where its span worked itself, and pale where it waited for what it called. */
export function paintBars(context: CanvasRenderingContext2D, input: BarsToPaint): void {
  const { rows, first, last, rowHeight, width, range, ticks, palette } = input;
  context.fillStyle = palette.line;
  const height = (last - first + 1) * rowHeight;
  for (const tick of ticks) {
    const at = pixelsOf(tick, tick, range, width);
    if (at !== undefined) context.fillRect(Math.round(at.x), 0, 1, height);
  }
  context.font = palette.font;
  context.textBaseline = 'middle';
  for (let place = first; place <= last; place++) {
    const top = (place - first) * rowHeight;
    const fold = input.folds[rows.fold[place] ?? -1];
    if (fold !== undefined) paintFold(context, input, fold, top);
    else paintSpan(context, input, rows.row[place] ?? 0, top);
  }
  context.globalAlpha = 1;
}

function paintSpan(context: CanvasRenderingContext2D, input: BarsToPaint, row: number, top: number): void {
  const { model, times, range, width, palette, path, collapsed, events, lit, storedTimes } = input;
  const from = times.start[row] ?? 0;
  const to = from + (times.duration[row] ?? 0);
  const base = lit !== undefined && lit[row] === 0 ? 0.35 : 1;
  context.globalAlpha = base;
  if (storedTimes !== undefined && storedTimes.start[row] !== from) paintGhost(context, input, storedTimes, row, top);
  const bar = pixelsOf(from, to, range, width);
  if (bar === undefined) {
    paintOutside(context, input, from, top);
    return;
  }
  const hop = input.hopOf.get(row);
  const color = palette.services[hop?.service ?? model.serviceOf[row] ?? 0] ?? palette.text;
  context.fillStyle = color;
  const y = top + BAR.top;
  const barWidth = Math.max(MINIMUM, bar.width);
  if (hop !== undefined) paintHop(context, input, hop, bar, y, base);
  else {
    context.globalAlpha = base * WAITING;
    context.fillRect(bar.x, y, barWidth, BAR.height);
    context.globalAlpha = base;
    if ((model.columns.descendants[row] ?? 0) === 0) context.fillRect(bar.x, y, barWidth, BAR.height);
    else paintRuns(context, ownRuns(input, row), y, BAR.height);
  }
  const failed = model.columns.status[row] === ERROR_CODE || hop?.failed === true;
  if (failed) {
    context.strokeStyle = palette.failing;
    context.lineWidth = 1.5;
    context.strokeRect(bar.x - 0.25, y - 0.75, barWidth + 0.5, BAR.height + 1.5);
  }
  const times_ = events.get(row);
  if (times_ !== undefined) paintEvents(context, input, times_, y);
  if (path !== undefined) paintPath(context, input, row, row + (collapsed[row] === 1 ? (model.columns.descendants[row] ?? 0) : 0), hop, y);
  paintLabel(context, input, formatNumber((to - from) / 1e6, 'ms'), bar.x, barWidth, top, () => pale(input, row, hop, bar));
}

/** When a span worked itself. */
function ownRuns({ model, times, range, width, runs }: BarsToPaint, row: number): PixelRuns {
  return runs.get(`own${row}`, () => pixelRuns(ownPieces(model.columns, times, row, (range.to - range.from) / width / 2), range, width, 1));
}

/** Where a bar is solid, as pixel runs, within the part that may be pale; `undefined` when nothing of it is. */
function pale(input: BarsToPaint, row: number, hop: HopRow | undefined, bar: { readonly x: number; readonly width: number }): { readonly x: number; readonly end: number; readonly solid: PixelRuns } | undefined {
  const { model, times, range, width } = input;
  if (hop === undefined) {
    if ((model.columns.descendants[row] ?? 0) === 0) return undefined;
    return { x: bar.x, end: bar.x + bar.width, solid: ownRuns(input, row) };
  }
  const inside = hop.app ?? hop.servers.at(-1);
  if (inside === undefined) return undefined;
  const from = times.start[inside] ?? 0;
  const part = pixelsOf(from, from + (times.duration[inside] ?? 0), range, width);
  return part === undefined ? undefined : { x: part.x, end: part.x + part.width, solid: pixelRuns(hop.working, range, width, 1) };
}

/** A hop by its parts: a line on the wire, pale in proxies, solid in the app, hollow while the app waits for its own calls. */
function paintHop(context: CanvasRenderingContext2D, { times, range, width, palette }: BarsToPaint, hop: HopRow, bar: { readonly x: number; readonly width: number }, y: number, base: number): void {
  const middle = y + BAR.height / 2;
  context.globalAlpha = base * 0.75;
  context.fillRect(bar.x, middle - 1, Math.max(MINIMUM, bar.width), 2);
  // Ends of the line, so that a call that nobody answered still looks like a call.
  context.fillRect(bar.x, y + 1, 1, BAR.height - 2);
  context.fillRect(bar.x + Math.max(MINIMUM, bar.width) - 1, y + 1, 1, BAR.height - 2);
  for (const server of hop.servers) {
    const from = times.start[server] ?? 0;
    const part = pixelsOf(from, from + (times.duration[server] ?? 0), range, width);
    if (part === undefined) continue;
    blank(context, palette, part, y);
    context.globalAlpha = base * (hop.app === undefined ? WAITING : PROXY);
    context.fillRect(part.x, y, Math.max(MINIMUM, part.width), BAR.height);
  }
  if (hop.app !== undefined) {
    const from = times.start[hop.app] ?? 0;
    const part = pixelsOf(from, from + (times.duration[hop.app] ?? 0), range, width);
    if (part !== undefined) {
      blank(context, palette, part, y);
      context.globalAlpha = base * WAITING;
      context.fillRect(part.x, y, Math.max(MINIMUM, part.width), BAR.height);
    }
  }
  context.globalAlpha = base;
  for (let i = 0; i < hop.working.length; i += 2) {
    const part = pixelsOf(hop.working[i] ?? 0, hop.working[i + 1] ?? 0, range, width);
    if (part !== undefined) context.fillRect(part.x, y, Math.max(1, part.width), BAR.height);
  }
}

/** What is below is covered, so that pale stays pale; the colour set before is set again. */
function blank(context: CanvasRenderingContext2D, palette: Palette, { x, width }: { readonly x: number; readonly width: number }, y: number): void {
  const color = context.fillStyle;
  context.globalAlpha = 1;
  context.fillStyle = palette.panel;
  context.fillRect(x, y, Math.max(MINIMUM, width), BAR.height);
  context.fillStyle = color;
}

/** All members of a fold in one bar; where they are dense they make one block. */
function paintFold(context: CanvasRenderingContext2D, input: BarsToPaint, fold: SiblingFold, top: number): void {
  const { times, range, width, palette, model, runs } = input;
  const y = top + BAR.top + 1;
  const first = fold.rows[0] ?? 0;
  const piecesOf = (rows: ArrayLike<number>): number[] => Array.from(rows, (row) => [times.start[row] ?? 0, (times.start[row] ?? 0) + (times.duration[row] ?? 0)]).flat();
  const all = runs.get(`fold${first}`, () => pixelRuns(piecesOf(fold.rows), range, width, 1));
  if (all.length === 0) return;
  context.globalAlpha = 0.8;
  context.fillStyle = palette.services[model.serviceOf[first] ?? 0] ?? palette.text;
  paintRuns(context, all, y, BAR.height - 2);
  context.globalAlpha = 1;
  if (fold.errors > 0) {
    context.fillStyle = palette.failing;
    paintRuns(context, runs.get(`failed${first}`, () => pixelRuns(piecesOf(fold.rows.filter((row) => model.columns.status[row] === ERROR_CODE)), range, width, 1)), y - 2, 2);
  }
  const { path } = input;
  if (path !== undefined) {
    context.fillStyle = palette.text;
    paintRuns(context, runs.get(`path${first}`, () => pixelRuns(Array.from(fold.rows, (row) => pathPieces(path, row, row + (model.columns.descendants[row] ?? 0))).flat(), range, width, 1)), top + BAR.top + BAR.height + 2, 2);
  }
  const [x, end] = [all[0] ?? 0, (all.at(-2) ?? 0) + (all.at(-1) ?? 0)];
  paintLabel(context, input, `Σ ${formatNumber(fold.totalNano / 1e6, 'ms')}`, x, Math.max(MINIMUM, end - x), top, () => undefined);
}

function paintRuns(context: CanvasRenderingContext2D, runs: PixelRuns, y: number, height: number): void {
  for (let i = 0; i < runs.length; i += 2) context.fillRect(runs[i] ?? 0, y, runs[i + 1] ?? 0, height);
}

/** Where the clock of its machine said it was. */
function paintGhost(context: CanvasRenderingContext2D, { range, width, palette }: BarsToPaint, stored: SpanTimes, row: number, top: number): void {
  const from = stored.start[row] ?? 0;
  const ghost = pixelsOf(from, from + (stored.duration[row] ?? 0), range, width);
  if (ghost === undefined) return;
  context.strokeStyle = palette.quietText;
  context.lineWidth = 1;
  context.setLineDash([3, 2]);
  context.strokeRect(ghost.x + 0.5, top + BAR.top - 2.5, Math.max(MINIMUM, ghost.width - 1), BAR.height + 5);
  context.setLineDash([]);
}

/** A small arrow at the edge beyond which the span lies. */
function paintOutside(context: CanvasRenderingContext2D, { range, width, palette, rowHeight }: BarsToPaint, from: number, top: number): void {
  const left = from < range.from;
  const [x, y] = [left ? 4 : width - 4, top + rowHeight / 2];
  context.fillStyle = palette.quietText;
  context.globalAlpha *= 0.6;
  context.beginPath();
  context.moveTo(x + (left ? -3 : 3), y);
  context.lineTo(x + (left ? 2 : -2), y - 4);
  context.lineTo(x + (left ? 2 : -2), y + 4);
  context.fill();
}

function paintEvents(context: CanvasRenderingContext2D, { range, width, palette }: BarsToPaint, events: readonly number[], y: number): void {
  let drawn = -9;
  for (const at of events) {
    const x = pixelsOf(at, at, range, width)?.x;
    if (x === undefined || x - drawn < 2) continue;
    drawn = x;
    context.fillStyle = palette.panel;
    context.fillRect(x - 1.5, y - 2, 3, BAR.height + 4);
    context.fillStyle = palette.text;
    context.fillRect(x - 0.5, y - 2, 1, BAR.height + 4);
  }
}

/** The critical path below the bar; of a closed row, all that it hides. */
function paintPath(context: CanvasRenderingContext2D, { path, range, width, palette, runs }: BarsToPaint, first: number, last: number, hop: HopRow | undefined, y: number): void {
  if (path === undefined) return;
  const pieces = (): number[] => [...pathPieces(path, first, last), ...(hop === undefined || last !== first ? [] : hop.absorbed.flatMap((row) => pathPieces(path, row, row)))];
  context.fillStyle = palette.text;
  paintRuns(context, runs.get(`path${first}-${last}${hop === undefined ? '' : 'h'}`, () => pixelRuns(pieces(), range, width, 1)), y + BAR.height + 2, 2);
}

/** Sections of the critical path in the rows from `first` to `last`, as pairs. */
function pathPieces(path: PathByRow, first: number, last: number): number[] {
  const pieces: number[] = [];
  for (let i = path.offsets[first] ?? 0; i < (path.offsets[last + 1] ?? 0); i++) pieces.push(path.starts[i] ?? 0, path.ends[i] ?? 0);
  return pieces;
}

/** After the bar where there is room, else before it, else in it: on a pale stretch, or on a ground of its own. */
function paintLabel(context: CanvasRenderingContext2D, { width, palette, rowHeight }: BarsToPaint, text: string, x: number, barWidth: number, top: number, paleOf: () => ReturnType<typeof pale>): void {
  const wide = context.measureText(text).width;
  const y = top + rowHeight / 2 - 0.5;
  context.fillStyle = palette.quietText;
  if (x + barWidth + 5 + wide < width) context.fillText(text, x + barWidth + 5, y);
  else if (x - 5 - wide > 0) context.fillText(text, x - 5 - wide, y);
  else {
    const stretch = paleOf();
    const end = stretch === undefined ? undefined : lastGap(stretch.solid, Math.max(0, stretch.x), Math.min(width, stretch.end), wide + 10);
    const at = (end ?? width - 3) - wide - 5;
    if (end === undefined) {
      context.fillStyle = palette.panel;
      context.fillRect(at - 3, y - 7, wide + 6, 14);
    }
    context.fillStyle = palette.text;
    context.fillText(text, at, y);
  }
}

/** Whether a row of the window has events whose times are not known yet. */
export function rowsWithEvents({ model, rows, first, last }: Pick<BarsToPaint, 'model' | 'rows' | 'first' | 'last'>, most: number): number[] {
  const found: number[] = [];
  for (let place = first; place <= last && found.length < most; place++) {
    const row = rows.row[place] ?? 0;
    if ((rows.fold[place] ?? -1) < 0 && hasMark(model.columns, row, 'hasEvents')) found.push(row);
  }
  return found;
}
