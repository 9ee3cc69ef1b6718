import { clockOf } from '#server/traces/core/clock-of.ts';
import { SpanIdTable } from '#server/traces/core/span-id-table.ts';
import { hexOf } from '#server/traces/segment/span-at.ts';
import { SPAN_KINDS } from '#server/traces/segment/span-words.ts';
import { MARKS, type TraceColumns } from './trace-columns.ts';

const CONSUMER = SPAN_KINDS.indexOf('consumer');
/** More sentences of one sort than this are summed up. */
const MAX_SAMPLES = 3;

/**
 * What a reader of the trace must know: parents missing, ids used twice, circles, spans that end before they start, and
 * clocks that seem to differ. Stored times are never changed. `parentIds` has 8 bytes for each row.
 */
export function columnWarnings(columns: Omit<TraceColumns, 'warnings'>, parentIds: Uint8Array): string[] {
  const idsOf = (mark: number): string[] => {
    const ids: string[] = [];
    for (let row = 0; row < columns.count; row++) if (((columns.marks[row] ?? 0) & mark) !== 0) ids.push(hexOf(columns.spanIds, row * 8, 8));
    return ids;
  };
  const missing = missingParents(columns, parentIds);
  const duplicates = new Set(idsOf(MARKS.duplicateId));
  const cut = idsOf(MARKS.cutCycle);
  const backwards = idsOf(MARKS.backwards);
  return [
    ...(missing === 0 ? [] : [`${missing} parent spans are missing: the trace is incomplete.`]),
    ...(duplicates.size === 0 ? [] : [`${duplicates.size} span ids are used by more than one span: ${sample([...duplicates])}. All of them are shown.`]),
    ...(cut.length > MAX_SAMPLES ? [`The parents of ${cut.length} spans lead back to themselves: ${sample(cut)}; they are shown as roots.`] : cut.map((id) => `The parents of span ${id} lead back to itself; it is shown as a root.`)),
    ...(backwards.length === 0 ? [] : [`${backwards.length} spans end before they start: ${sample(backwards)}. They are shown with no duration.`]),
    ...clockWarnings(columns),
  ];
}

function missingParents({ count, marks }: Pick<TraceColumns, 'count' | 'marks'>, parentIds: Uint8Array): number {
  const ids: number[] = [];
  for (let row = 0; row < count; row++) if (((marks[row] ?? 0) & MARKS.orphan) !== 0) for (let i = 0; i < 8; i++) ids.push(parentIds[row * 8 + i] ?? 0);
  if (ids.length === 0) return 0;
  const repeated = new SpanIdTable(Uint8Array.from(ids)).shared().reduce((sum, rows) => sum + rows.length - 1, 0);
  return ids.length / 8 - repeated;
}

function clockWarnings(columns: Omit<TraceColumns, 'warnings'>): string[] {
  const { parent, start, source, sources, kind } = columns;
  const clocks = sources.map((s) => clockOf(s.resource));
  const worst = new Map<number, { count: number; nanos: number; readonly above: string; readonly below: string }>();
  for (let row = 0; row < columns.count; row++) {
    const above = parent[row] ?? -1;
    // A consumer may run at any time; on one host there is one clock.
    if (above < 0 || kind[row] === CONSUMER) continue;
    const nanos = (start[above] ?? 0) - (start[row] ?? 0);
    if (nanos <= 0) continue;
    const from = source[above] ?? 0;
    const to = source[row] ?? 0;
    if (clocks[to] !== '' && clocks[to] === clocks[from]) continue;
    const services = [sources[from]?.service ?? 0, sources[to]?.service ?? 0] as const;
    const key = services[0] * columns.services.length + services[1];
    const known = worst.get(key);
    if (known === undefined) worst.set(key, { count: 1, nanos, above: columns.services[services[0]] ?? '', below: columns.services[services[1]] ?? '' });
    else {
      known.count += 1;
      known.nanos = Math.max(known.nanos, nanos);
    }
  }
  return [...worst.values()].map((w) => `${w.count} spans of ${w.below} start up to ${w.nanos / 1e6} ms before their parent in ${w.above}: the clocks of their hosts differ.`);
}

function sample(ids: readonly string[]): string {
  return ids.slice(0, MAX_SAMPLES).join(', ') + (ids.length > MAX_SAMPLES ? ' …' : '');
}
