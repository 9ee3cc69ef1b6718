import { criticalPath } from './core/critical-path.ts';
import { foldMeshHops } from './core/mesh-hops.ts';
import { describeResponseFlags } from './core/response-flags.ts';
import { selfTimes } from './core/self-times.ts';
import { serviceOf } from './core/span-service.ts';
import { summarizeTrace } from './core/summarize-trace.ts';
import { buildTraceTree, type TraceNode } from './core/trace-tree.ts';
import type { SpanView, TraceView } from './schemas.ts';
import type { Span, Trace } from './trace-backend.ts';

/** A trace as its page shows it: tree, self times, critical path, hops of the mesh. Undefined for a trace without spans. */
export function traceView({ traceId, spans, warnings }: Trace): TraceView | undefined {
  const summary = summarizeTrace(spans);
  if (summary === undefined) return undefined;
  const tree = buildTraceTree(spans);
  const self = selfTimes(tree);
  const sources = createSources();
  const views = tree.nodes.map((node, i) => spanView(node, self[i] ?? 0, sources.indexOf(node.span)));
  return {
    traceId,
    summary: { ...summary, services: [...summary.services] },
    spans: views,
    sources: sources.all,
    criticalPath: criticalPath(tree).map(({ node, start, end }) => ({ span: node, startOffsetNano: start, endOffsetNano: end })),
    hops: foldMeshHops(tree).map((hop) => ({ ...hop, servers: [...hop.servers] })),
    warnings: [...warnings],
  };
}

function spanView(node: TraceNode, selfNano: number, source: number): SpanView {
  const { traceId: _, parentSpanId, resource: _resource, resourceSchemaUrl: _url, resourceDroppedAttributesCount: _dropped, scope: _scope, status, events, links, ...span } = node.span;
  const flags = span.attributes['response_flags'];
  const responseFlags = typeof flags === 'string' ? describeResponseFlags(flags) : [];
  return {
    ...span,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    parent: node.parent,
    depth: node.depth,
    descendants: node.descendants,
    service: serviceOf(node.span),
    status: status.code,
    ...(status.message === undefined ? {} : { statusMessage: status.message }),
    startOffsetNano: node.start,
    durationNano: node.end - node.start,
    selfNano,
    orphan: node.orphan,
    duplicateId: node.duplicateId,
    source,
    events: [...events],
    links: [...links],
    ...(responseFlags.length === 0 ? {} : { responseFlags }),
  };
}

/** Numbers each distinct pair of resource and scope; spans usually share the objects, which saves comparing content. */
function createSources(): { readonly all: TraceView['sources']; indexOf(span: Span): number } {
  const all: TraceView['sources'] = [];
  const byObjects = new Map<object, Map<object, number>>();
  const byContent = new Map<string, number>();
  return {
    all,
    indexOf(span) {
      let ofResource = byObjects.get(span.resource);
      if (ofResource === undefined) {
        ofResource = new Map();
        byObjects.set(span.resource, ofResource);
      }
      let index = ofResource.get(span.scope);
      if (index === undefined) {
        const content = JSON.stringify([span.resource, span.scope]);
        index = byContent.get(content) ?? all.push({ service: serviceOf(span), resource: span.resource, scope: span.scope }) - 1;
        byContent.set(content, index);
        ofResource.set(span.scope, index);
      }
      return index;
    },
  };
}
