import { seriesColor } from '#components/charts/chart-series.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { SpanKind, SpanStatus } from '#server/traces/trace-backend.ts';
import { MARKS, type TextKey, type TraceColumns } from '#server/traces/view/trace-columns.ts';

export const ERROR_CODE = SPAN_STATUSES.indexOf('error');

export interface ServiceInTrace {
  readonly name: string;
  /** A CSS colour, `var(--series-n)`. */
  readonly color: string;
  readonly spans: number;
  readonly errors: number;
}

/** What every view of a trace reads from its columns, worked out once in passes over them. */
export interface TraceModel {
  readonly columns: TraceColumns;
  /** By index of a service; in the order services first appear, so that neighbours differ in colour. */
  readonly services: readonly ServiceInTrace[];
  /** Index into `services` of each row. */
  readonly serviceOf: Uint32Array;
  /** Rows whose status is error, ascending. */
  readonly errors: Int32Array;
  /** How many rows below each row (itself left out) failed. */
  readonly errorsBelow: Uint32Array;
  /** Direct children of each row. */
  readonly childCount: Uint32Array;
  /** Levels of the deepest row; 1 for a single span. */
  readonly levels: number;
  readonly roots: readonly number[];
  /** Spans that name a parent that is not here. */
  readonly orphans: number;
  /** Spans made by proxies of the mesh. */
  readonly proxySpans: number;
}

/** Makes the model of a trace. O(spans). */
export function traceModel(columns: TraceColumns): TraceModel {
  const { count, parent, depth, source, sources, status, marks } = columns;
  const byName = new Map<number, number>();
  const services: { name: string; color: string; spans: number; errors: number }[] = [];
  const serviceOf = new Uint32Array(count);
  const errorsBelow = new Uint32Array(count);
  const childCount = new Uint32Array(count);
  const errors: number[] = [];
  const roots: number[] = [];
  let levels = 0;
  let orphans = 0;
  let proxySpans = 0;
  for (let row = 0; row < count; row++) {
    const code = sources[source[row] ?? 0]?.service ?? 0;
    let index = byName.get(code);
    if (index === undefined) {
      index = services.length;
      byName.set(code, index);
      services.push({ name: columns.services[code] ?? '', color: seriesColor(index), spans: 0, errors: 0 });
    }
    serviceOf[row] = index;
    const service = services[index];
    if (service !== undefined) service.spans++;
    if (status[row] === ERROR_CODE) {
      errors.push(row);
      if (service !== undefined) service.errors++;
    }
    const above = parent[row] ?? -1;
    if (above < 0) roots.push(row);
    else childCount[above] = (childCount[above] ?? 0) + 1;
    levels = Math.max(levels, (depth[row] ?? 0) + 1);
    const mark = marks[row] ?? 0;
    if ((mark & MARKS.orphan) !== 0) orphans++;
    if ((mark & MARKS.proxy) !== 0) proxySpans++;
  }
  // Children come after their parents, so sums go up from the back.
  for (let row = count - 1; row >= 0; row--) {
    const above = parent[row] ?? -1;
    if (above >= 0) errorsBelow[above] = (errorsBelow[above] ?? 0) + (errorsBelow[row] ?? 0) + (status[row] === ERROR_CODE ? 1 : 0);
  }
  return { columns, services, serviceOf, errors: Int32Array.from(errors), errorsBelow, childCount, levels, roots, orphans, proxySpans };
}

/** Name of a row's service. */
export function serviceName({ services, serviceOf }: Pick<TraceModel, 'services' | 'serviceOf'>, row: number): string {
  return services[serviceOf[row] ?? 0]?.name ?? '';
}

/** Istio names spans after their route: `catalog.shop.svc.cluster.local:80/*`. */
const ROUTE_NAME = /^[\w.*-]+:\d+\/\*?$/;

/** What a span did, for people: its name; of a proxy's span that is named after a route, the request. */
export function operationText(columns: TraceColumns, row: number): string {
  const name = spanName(columns, row);
  const url = ROUTE_NAME.test(name) ? spanText(columns, 'httpPath', row) : undefined;
  if (url === undefined) return name;
  const path = /^[a-z]+:\/\/[^/?#]*([^?#]*)/i.exec(url)?.[1] ?? url.replace(/[?#].*/s, '');
  return `${spanText(columns, 'httpMethod', row) ?? ''} ${path === '' ? '/' : path}`.trim();
}

/** Name of a row's operation. */
export function spanName(columns: TraceColumns, row: number): string {
  return columns.names[columns.name[row] ?? 0] ?? '';
}

export function spanKind(columns: TraceColumns, row: number): SpanKind {
  return SPAN_KINDS[columns.kind[row] ?? 0] ?? 'unspecified';
}

export function spanStatus(columns: TraceColumns, row: number): SpanStatus {
  return SPAN_STATUSES[columns.status[row] ?? 0] ?? 'unset';
}

/** One of the texts that come with the columns; `undefined` when the span has none. */
export function spanText(columns: TraceColumns, key: TextKey, row: number): string | undefined {
  const text = columns.texts[key];
  const code = text?.codes[row] ?? 0;
  return code === 0 ? undefined : text?.values[code - 1];
}

/** Whether a row has a mark of MARKS. */
export function hasMark(columns: TraceColumns, row: number, mark: keyof typeof MARKS): boolean {
  return ((columns.marks[row] ?? 0) & MARKS[mark]) !== 0;
}

/** The 16 hex digits of a row's span id. */
export function spanIdOf(columns: TraceColumns, row: number): string {
  let id = '';
  for (let i = row * 8; i < row * 8 + 8; i++) id += (columns.spanIds[i] ?? 0).toString(16).padStart(2, '0');
  return id;
}

/** Names a span in the URL: its id; with its row where the id occurs twice. */
export function spanKey(columns: TraceColumns, row: number): string {
  return hasMark(columns, row, 'duplicateId') ? `${spanIdOf(columns, row)}#${row}` : spanIdOf(columns, row);
}

/** The row that `spanKey` names, or −1. Compares bytes: no text is made of 100,000 ids. */
export function rowOfKey(columns: TraceColumns, key: string | null): number {
  const match = /^([0-9a-f]{16})(?:#(\d+))?$/i.exec(key ?? '');
  if (match === null) return -1;
  const [, id = '', rowText] = match;
  const bytes = Array.from({ length: 8 }, (_, i) => Number.parseInt(id.slice(2 * i, 2 * i + 2), 16));
  const isIt = (row: number): boolean => bytes.every((byte, i) => columns.spanIds[row * 8 + i] === byte);
  if (rowText !== undefined && Number(rowText) < columns.count && isIt(Number(rowText))) return Number(rowText);
  const [first = 0] = bytes;
  for (let row = 0; row < columns.count; row++) if (columns.spanIds[row * 8] === first && isIt(row)) return row;
  return -1;
}

/** Unix nanoseconds at so many nanoseconds from the trace's start. */
export function unixNano(columns: Pick<TraceColumns, 'startUnixNano'>, offset: number): bigint {
  return BigInt(columns.startUnixNano) + BigInt(Math.round(offset));
}

/** Unix ms at so many nanoseconds from the trace's start. */
export function unixMs(columns: Pick<TraceColumns, 'startUnixNano'>, offset: number): number {
  return Number(unixNano(columns, offset) / 1_000n) / 1000;
}
