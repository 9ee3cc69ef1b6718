import { resolveWindow, type TimeWindow, type ViewTime } from '#components/time/time-window.ts';
import { formatBoundary, parseBoundary, sameBoundary, type TimeBoundary } from '#components/time/time-boundary.ts';

/** When the traces of a set were: in a range as long as the other set's and just before it, or between two ends of its own. A set without one has the page's range. */
export type SetRange = { readonly kind: 'before' } | { readonly kind: 'between'; readonly from: TimeBoundary; readonly to: TimeBoundary };

/** Reads `before` and `now-1h..now-30m`, with ends as the page's range has them; `null` for anything else, as URL parsers want it. */
export function parseSetRange(text: string): SetRange | null {
  if (text === 'before') return { kind: 'before' };
  const [from, to, more] = text.split('..').map(parseBoundary);
  return from === undefined || from === null || to === undefined || to === null || more !== undefined ? null : { kind: 'between', from, to };
}

/** Writes what `parseSetRange` reads. */
export function formatSetRange(range: SetRange): string {
  return range.kind === 'before' ? 'before' : `${formatBoundary(range.from)}..${formatBoundary(range.to)}`;
}

/** The same range, by value. */
export function sameSetRange(a: SetRange, b: SetRange): boolean {
  return a.kind === 'between' && b.kind === 'between' ? sameBoundary(a.from, b.from) && sameBoundary(a.to, b.to) : a.kind === b.kind;
}

/** Both sets' ranges as instants. When each is to be before the other, B has the page's range. */
export function setWindows(page: ViewTime, a: SetRange | null, b: SetRange | null, nowMs: number): { readonly a: TimeWindow; readonly b: TimeWindow } {
  const own = (range: SetRange | null): TimeWindow => resolveWindow(range?.kind === 'between' ? { from: range.from, to: range.to, at: page.at } : page, nowMs);
  if (a?.kind === 'before') return { a: justBefore(own(b)), b: own(b) };
  return { a: own(a), b: b?.kind === 'before' ? justBefore(own(a)) : own(b) };
}

function justBefore({ fromMs, toMs }: TimeWindow): TimeWindow {
  return { fromMs: fromMs - (toMs - fromMs), toMs: fromMs };
}
