import { formatNumber } from '#components/charts/format-number.ts';
import type { GraphEdge } from '#server/graph/core/graph-model.ts';

/** What an edge can be labelled with; several are joined. */
export const EDGE_LABELS = ['rate', 'errors', 'p95', 'throughput', 'share'] as const;
export type EdgeLabelKind = (typeof EDGE_LABELS)[number];

export const EDGE_LABEL_NAMES: Readonly<Record<EdgeLabelKind, string>> = { rate: 'Requests per second', errors: 'Errors (4xx, 5xx)', p95: 'Response time, p95', throughput: 'Throughput', share: 'Share of the caller’s requests' };

/**
 * The parts of an edge's label in a fixed order. Kinds that say nothing about this edge are left out: errors of none,
 * a share of all, a latency without data.
 */
export function edgeLabelParts(edge: GraphEdge, kinds: readonly EdgeLabelKind[]): string[] {
  const { rates, latencyMs, throughput, shareOfSource } = edge;
  if (rates.rate === 0) return [];
  const parts: string[] = [];
  if (kinds.includes('rate')) parts.push(formatNumber(rates.rate, rates.protocol === 'tcp' ? 'bytesPerSecond' : 'rps'));
  if (kinds.includes('errors') && rates.errorRatio > 0) parts.push(`${errorText(rates.errorRatio)} err`);
  if (kinds.includes('p95') && latencyMs.p95 !== null) parts.push(formatNumber(latencyMs.p95, 'ms'));
  if (kinds.includes('throughput') && rates.protocol !== 'tcp') {
    const bytes = (throughput.request ?? 0) + (throughput.response ?? 0);
    if (throughput.request !== null || throughput.response !== null) parts.push(formatNumber(bytes, 'bytesPerSecond'));
  }
  if (kinds.includes('share') && shareOfSource < 0.9995) parts.push(formatNumber(shareOfSource, 'ratio'));
  return parts;
}

/** `0.4 %`, `12 %`; a trace of errors is never rounded to none. */
export function errorText(ratio: number): string {
  const percent = ratio * 100;
  if (percent > 0 && percent < 0.1) return '<\u20090.1\u2009%';
  return `${percent < 10 ? Number(percent.toFixed(1)) : Math.round(percent)}\u2009%`;
}

/** Width of an edge's line, px: grows with the order of magnitude of its rate, 1.25 … 5. Bytes count by the KiB. */
export function edgeWidth({ rates }: Pick<GraphEdge, 'rates'>): number {
  const rate = rates.protocol === 'tcp' ? rates.rate / 1024 : rates.rate;
  return Math.min(5, 1.25 + Math.log10(1 + rate) * 1.1);
}
