import type { SpanHit, SpanSetHit, TraceHit } from '#server/traces/trace-questions.ts';
import type { AttributeValue } from '#server/traces/trace-backend.ts';
import { valueText } from './conditions.ts';

/** One line of the table; all are equally high. */
export type ResultRow =
  | { readonly kind: 'trace'; readonly key: string; readonly trace: TraceHit }
  | { readonly kind: 'set'; readonly key: string; readonly trace: TraceHit; readonly set: SpanSetHit }
  | { readonly kind: 'span'; readonly key: string; readonly trace: TraceHit; readonly span: SpanHit }
  | { readonly kind: 'more'; readonly key: string; readonly trace: TraceHit; readonly hidden: number };

/** Traces alone, or each with its matching spans under it, group by group. A group says its values; one without any has no line of its own. */
export function resultRows(traces: readonly TraceHit[], rows: 'traces' | 'spans'): readonly ResultRow[] {
  return traces.flatMap((trace): ResultRow[] => {
    const head: ResultRow = { kind: 'trace', key: trace.traceId, trace };
    if (rows === 'traces') return [head];
    const shown = trace.spanSets.reduce((sum, { spans }) => sum + spans.length, 0);
    const under = trace.spanSets.flatMap((set, index): ResultRow[] => [
      ...(Object.keys(set.attributes).length > 0 ? [{ kind: 'set' as const, key: `${trace.traceId} set ${index}`, trace, set }] : []),
      ...set.spans.map((span, at) => ({ kind: 'span' as const, key: `${trace.traceId} ${index} ${span.spanId} ${at}`, trace, span })),
    ]);
    return [head, ...under, ...(trace.matched > shown ? [{ kind: 'more' as const, key: `${trace.traceId} more`, trace, hidden: trace.matched - shown }] : [])];
  });
}

/** Values of a column in a trace: those of its matching spans, each once, in the order they come. */
export function columnValues(trace: TraceHit, column: string): readonly AttributeValue[] {
  const seen = new Map<string, AttributeValue>();
  for (const { spans } of trace.spanSets) {
    for (const { attributes } of spans) {
      const value = attributes[column];
      if (value !== undefined) seen.set(valueText(value), value);
    }
  }
  return [...seen.values()];
}

/** `1–50 of 12,408 traces, 13,010 spans, 45 ms` */
export function totalsText({ offset, shown, traces, spans, tookMs }: { readonly offset: number; readonly shown: number; readonly traces: number; readonly spans: number; readonly tookMs: number }): string {
  const range = shown === 0 ? '0' : `${exact(offset + 1)}–${exact(offset + shown)}`;
  return `${range} of ${exact(traces)} ${traces === 1 ? 'trace' : 'traces'}, ${exact(spans)} matching ${spans === 1 ? 'span' : 'spans'}, ${Math.round(tookMs)}\u2009ms`;
}

function exact(value: number): string {
  return new Intl.NumberFormat('en-US').format(value);
}

/** The class of the services' column: columns that were chosen go first where there is no room for all. */
export function servicesShown(columns: readonly string[]): string {
  return columns.length === 0 ? '@max-[720px]:hidden' : '@max-[1000px]:hidden';
}

/** `catalog.shop.svc.cluster.local:80/*`, as proxies name a span after its route, without what all services of a cluster share. */
export function shortOperation(name: string): string {
  return name.replace(/^([\w-]+\.[\w-]+)\.svc\.cluster\.local(?=:\d+\/)/, '$1');
}

/** The services of a trace beside its root's; that one when it is alone. */
export function servicesBeside({ rootService, services }: Pick<TraceHit, 'rootService' | 'services'>): TraceHit['services'] {
  const others = services.filter(({ name }) => name !== rootService);
  return others.length === 0 ? services : others;
}

/** A service by the first part of its name: `catalog.shop` → `catalog`. */
export function shortService(name: string): string {
  return name.split('.')[0] ?? name;
}
