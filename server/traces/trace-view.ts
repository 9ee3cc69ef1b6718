import { criticalPath } from './core/critical-path.ts';
import { foldMeshHops } from './core/mesh-hops.ts';
import { summarizeTrace } from './core/summarize-trace.ts';
import type { SpanView, TraceView } from './schemas.ts';
import { buildSegment } from './segment/build-segment.ts';
import { SPAN_KINDS } from './segment/span-words.ts';
import type { Trace } from './trace-backend.ts';
import { buildTraceColumns } from './view/build-columns.ts';
import { createDetailsReader } from './view/span-details.ts';
import { MARKS } from './view/trace-columns.ts';

/** A trace whole, as JSON: tree, self times, critical path, hops of the mesh. Undefined for a trace without spans. */
export function traceView({ traceId, spans, warnings }: Trace): TraceView | undefined {
  const summary = summarizeTrace(spans);
  if (summary === undefined) return undefined;
  const segment = buildSegment(spans);
  const built = buildTraceColumns(segment);
  const { columns } = built;
  const path = criticalPath(columns);
  const details = createDetailsReader(segment, built)(Array.from(columns.source.keys()));
  return {
    traceId,
    summary: { ...summary, services: [...summary.services] },
    spans: details.map(({ row, linkedFrom: _, resource: _resource, resourceSchemaUrl: _url, resourceDroppedAttributesCount: _dropped, scope: _scope, responseFlags, links, ...span }): SpanView => ({
      ...span,
      kind: SPAN_KINDS[columns.kind[row] ?? 0] ?? 'unspecified',
      parent: columns.parent[row] ?? -1,
      depth: columns.depth[row] ?? 0,
      descendants: columns.descendants[row] ?? 0,
      startOffsetNano: columns.start[row] ?? 0,
      durationNano: columns.duration[row] ?? 0,
      selfNano: columns.self[row] ?? 0,
      orphan: ((columns.marks[row] ?? 0) & MARKS.orphan) !== 0,
      duplicateId: ((columns.marks[row] ?? 0) & MARKS.duplicateId) !== 0,
      source: columns.source[row] ?? 0,
      links: links.map(({ row: _row, ...link }) => link),
      ...(responseFlags.length === 0 ? {} : { responseFlags }),
    })),
    sources: columns.sources.map(({ service, resource, scope }) => ({ service: columns.services[service] ?? '', resource: { ...resource }, scope: { name: scope.name, ...(scope.version === undefined ? {} : { version: scope.version }), ...(scope.attributes === undefined ? {} : { attributes: { ...scope.attributes } }) } })),
    criticalPath: Array.from({ length: path.count }, (_, i) => ({ span: path.row[i] ?? 0, startOffsetNano: path.start[i] ?? 0, endOffsetNano: path.end[i] ?? 0 })),
    hops: foldMeshHops(columns).map(({ outer: _, upstreamCluster: _cluster, callerIdentity: _identity, ...hop }) => ({ ...hop, servers: [...hop.servers] })),
    warnings: [...warnings],
  };
}
