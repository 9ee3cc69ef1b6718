import { availableParallelism } from 'node:os';
import { criticalPath, criticalTimes } from '#server/traces/core/critical-path.ts';
import { clockSkew } from '#server/traces/core/clock-skew.ts';
import { mergedFlame, timeFlame } from '#server/traces/core/flame.ts';
import { foldMeshHops } from '#server/traces/core/mesh-hops.ts';
import { collapseToPaths, errorMask } from '#server/traces/core/row-masks.ts';
import { foldSiblings } from '#server/traces/core/sibling-folds.ts';
import { traceGraph } from '#server/traces/core/trace-graph.ts';
import { builtInGroups, traceStatistics } from '#server/traces/core/trace-statistics.ts';
import { visibleRows } from '#server/traces/core/visible-rows.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { elevenAttributes, shapedTrace, type TraceShape } from '#server/traces/testing/shaped-trace.ts';
import { buildTraceColumns } from '#server/traces/view/build-columns.ts';
import { decodeTraceColumns, encodeTraceColumns } from '#server/traces/view/columns-codec.ts';
import { createQueryFinder } from '#server/traces/view/find-by-query.ts';
import { createTraceFinder, parseFindText } from '#server/traces/view/find-in-trace.ts';

/**
 * What everything about one trace costs: `npm run bench -- traces-one`. For traces of 10,000 and 100,000 spans with eleven
 * attributes each (two of them different on every span), all below one root, each below the one before, or eight below
 * each: the median of some rounds, in milliseconds of processor time, so that other
 * work on the machine does not count.
 */
const SIZES = [10_000, 100_000];
const SHAPES: readonly TraceShape[] = ['wide', 'deep', '8-ary'];
const ROUNDS = 7;

function median(run: () => unknown): string {
  const times = Array.from({ length: ROUNDS }, () => {
    const started = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1000;
  });
  return (times.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? NaN).toFixed(1);
}

console.log(`${availableParallelism()} cores, Node ${process.version}`);
for (const size of SIZES) {
  for (const shape of SHAPES) {
    const segment = buildSegment(shapedTrace(shape, size, elevenAttributes));
    const { columns } = buildTraceColumns(segment);
    const bytes = encodeTraceColumns(columns);
    const find = createTraceFinder(segment);
    find(parseFindText('first'));
    const query = createQueryFinder(segment);
    const path = criticalPath(columns);
    const byService = builtInGroups(columns, 'service');
    const byOperation = builtInGroups(columns, 'operation');
    const folds = foldSiblings(columns);
    const collapsed = collapseToPaths(columns, errorMask(columns));
    const rows: readonly [what: string, ms: string][] = [
      ['build columns', median(() => buildTraceColumns(segment))],
      [`encode (${(bytes.length / 1e6).toFixed(1)} MB)`, median(() => encodeTraceColumns(columns))],
      ['decode', median(() => decodeTraceColumns(bytes))],
      ['critical path', median(() => criticalPath(columns))],
      ['its time by row', median(() => criticalTimes(path, columns.count))],
      ['fold siblings', median(() => foldSiblings(columns))],
      ['visible rows, all', median(() => visibleRows(columns))],
      ['visible rows, folded, only paths to errors open', median(() => visibleRows(columns, { folds, collapsed }))],
      ['statistics by service, then operation', median(() => traceStatistics(columns, byService, { within: byOperation }))],
      ['graph', median(() => traceGraph(columns))],
      ['flame graph in time order', median(() => timeFlame(columns))],
      ['flame graph merged', median(() => mergedFlame(columns))],
      ['clock skew', median(() => clockSkew(columns, { maxNano: 1e9 }))],
      ['mesh hops', median(() => foldMeshHops(columns))],
      ['find, first time', median(() => createTraceFinder(segment)(parseFindText('first')))],
      ['find "a3ce-00000000" (all ids)', median(() => find(parseFindText('a3ce-00000000')))],
      ['find "items/4242"', median(() => find(parseFindText('items/4242')))],
      ['find "service-3 503 -user_agent"', median(() => find(parseFindText('service-3 503 -user_agent')))],
      ['find { span.http.response.status_code >= 500 && duration > 1ms }', median(() => query('{ span.http.response.status_code >= 500 && duration > 1ms }'))],
      ['find { kind = server } >> { status = error }', median(() => query('{ kind = server } >> { status = error }'))],
    ];
    console.log(`\n${size.toLocaleString('en')} spans, ${shape}`);
    for (const [what, ms] of rows) console.log(`${ms.padStart(9)} ms  ${what}`);
  }
}
