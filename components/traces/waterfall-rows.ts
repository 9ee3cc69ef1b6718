import type { SpanView } from '#server/traces/schemas.ts';

/** A row of the waterfall: an index into the trace's spans. */
export interface WaterfallRow {
  readonly index: number;
  readonly collapsed: boolean;
  /** A collapsed row speaks for the errors it hides. */
  readonly hiddenErrors: number;
}

/** The rows to draw: spans in depth-first order, without those below a collapsed one. Linear, without recursion. */
export function visibleRows(spans: readonly SpanView[], collapsed: ReadonlySet<string>): WaterfallRow[] {
  const rows: WaterfallRow[] = [];
  for (let i = 0; i < spans.length; ) {
    const span = spans[i];
    if (span === undefined) break;
    const isCollapsed = span.descendants > 0 && collapsed.has(keyOf(span, i));
    let hiddenErrors = 0;
    if (isCollapsed) for (let j = i + 1; j <= i + span.descendants; j++) if (spans[j]?.status === 'error') hiddenErrors++;
    rows.push({ index: i, collapsed: isCollapsed, hiddenErrors });
    i += isCollapsed ? span.descendants + 1 : 1;
  }
  return rows;
}

/** Names a span within its trace; ids that occur twice get their row too. */
export function keyOf(span: Pick<SpanView, 'spanId' | 'duplicateId'>, index: number): string {
  return span.duplicateId ? `${span.spanId}#${index}` : span.spanId;
}

/** Spans with children at `depth` or deeper: collapsing them shows the trace down to that depth. */
export function keysFromDepth(spans: readonly SpanView[], depth: number): Set<string> {
  const keys = new Set<string>();
  spans.forEach((span, index) => {
    if (span.descendants > 0 && span.depth >= depth) keys.add(keyOf(span, index));
  });
  return keys;
}

/** Spans that contain every word of `text` in their service, name, status message, attributes or events; empty text matches none. */
export function findSpans(spans: readonly SpanView[], text: string): number[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return [];
  return spans.flatMap((span, index) => {
    const haystack = `${span.spanId} ${span.service} ${span.name} ${span.status === 'error' ? 'error' : ''} ${span.statusMessage ?? ''} ${Object.entries(span.attributes).map(([k, v]) => `${k}=${String(v)}`).join(' ')} ${span.events.map((e) => e.name).join(' ')}`.toLowerCase();
    return words.every((word) => haystack.includes(word)) ? [index] : [];
  });
}

/** Rows above a span, so that collapsing never hides what was searched for. */
export function ancestorKeys(spans: readonly SpanView[], index: number): string[] {
  const keys: string[] = [];
  let parent = spans[index]?.parent ?? -1;
  // A trace has no more ancestors than spans: a bound against a broken parent link.
  for (let steps = 0; parent >= 0 && steps < spans.length; steps++) {
    const span = spans[parent];
    if (span === undefined) break;
    keys.push(keyOf(span, parent));
    parent = span.parent;
  }
  return keys;
}

/** The next index of `indexes` after `current`, wrapping; `step` −1 goes back. */
export function nextMatch(indexes: readonly number[], current: number | undefined, step: 1 | -1): number | undefined {
  if (indexes.length === 0) return undefined;
  if (current === undefined) return step === 1 ? indexes[0] : indexes.at(-1);
  return step === 1 ? (indexes.find((i) => i > current) ?? indexes[0]) : (indexes.findLast((i) => i < current) ?? indexes.at(-1));
}

/** Time shown, as nanoseconds from the trace's start. */
export interface NanoRange {
  readonly from: number;
  readonly to: number;
}

/** Left and width of a span within the shown range, as shares 0..1; `undefined` when it lies outside. */
export function placeSpan(span: Pick<SpanView, 'startOffsetNano' | 'durationNano'>, range: NanoRange): { readonly left: number; readonly width: number } | undefined {
  const length = range.to - range.from;
  if (length <= 0) return { left: 0, width: 1 };
  const from = Math.max(span.startOffsetNano, range.from);
  const to = Math.min(span.startOffsetNano + span.durationNano, range.to);
  if (to < range.from || from > range.to) return undefined;
  return { left: (from - range.from) / length, width: Math.max(0, to - from) / length };
}
